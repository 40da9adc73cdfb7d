"""What stands in a name's field and names nobody: placeholders, offices, laughter."""

import re

from processors.cleansing.honorific import is_honorific

_SAYS_NOBODY = (
    "测试 test 匿名 匿名用户 游客 访客 用户 微信用户 抖音用户 手机用户 新用户 会员 客户 本人 无名 无名氏 先生 "
    "女士 admin user guest anonymous 高级 资深 销售 采购 市场 技术 项目 区域 大区 行政 人事 财务 产品 运营 "
    "部门 首席 业务 售前 售后 客服 姓名 名字 联系人 称呼 路人 路人甲 管理员 陌生人 房东 租客 业主 "
    "家长 快递 外卖 快递小哥 美团外卖 中介 装修 建材 滴滴 美团 隔壁 我 你 他 她 自己 "
    "手机 电话 手机号 手机号码 电话号码 联系电话 联系方式 号码 座机 微信 微信号 邮箱 "
    "无效 重复 空号 停机 已删除 未命名"
)
_DESKS = "前台 总台 总机 物业 门卫 保安 保安亭 岗亭 大堂 仓库 丰巢 蜂巢 驿站 菜鸟 菜鸟驿站 快递柜 自提柜 自提点 代收点"
DESKS = frozenset(_DESKS.split())
"""Where something is left for somebody: a part of an address, and nobody's name."""
_NOBODY = frozenset((*DESKS, *_SAYS_NOBODY.split(), *"的嗯了是好哦啊没不有要"))
_LIKE = re.compile(  # 测试用户, 用户a1b2c3, 某先生, aaa
    r"(?:测试|測試|请输入|请填写).*|test(?:[\s_\d].*)?|尾号|.*(?:用户|客户|访客|游客|网友)[a-z\d]*"
    r"|([哈呵嘻嘿嗯啊呀哇嘎])\1+|不(?:告诉|想告诉|知道|认识).*|路人[甲乙丙丁]|我(?:自己|本人)|公司?前台|[\u3400-\u9fff]{2,4}室"
    r"|[某*x]+(?:先生|女士|小姐|老师|老板|经理|总)?|([a-z])\2*",
    re.IGNORECASE,
)


def is_nobody(name: str) -> bool:
    """Tell whether a name names nobody: no letters, a placeholder, an office."""
    if not any(char.isalpha() for char in name) or name.lower() in _NOBODY or is_honorific(name):
        return True
    return _LIKE.fullmatch(name) is not None
