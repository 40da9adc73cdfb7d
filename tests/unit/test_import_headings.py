"""What columns are called, as exports of CRMs, forms and registers call them."""

import pytest

from processors.cleansing.record import CleansingOptions, cleanse_record
from streams.importing.columns import find_columns
from streams.importing.headings import field_of, fields_of, name_part_of, weak_field_of

SURE = {
    "name": (
        "真名|客户姓名|姓名*|收件人|收货人|收件人姓名|收货人姓名|买家姓名|报名人|报名人姓名|申请人|申请人姓名|"
        "咨询人|预约人|参会人|嘉宾姓名|家长姓名|车主姓名|业主姓名|投保人|投保人姓名|经办人|客户称呼|店主|"
        "主要联系人|首要联系人|第一联系人|联系人1|联系人姓名|决策人|关键人|采购负责人|姓名(必填)|中文名|"
        "中文姓名|Contact Name|Lead Name|Full Name|Your Name|您的姓名|您的称呼|怎么称呼您|1.您的姓名|1、姓名|"
        "Q1 姓名|姓名：(单选)|客户全名|全名|Attendee Name|Recipient|Buyer Name|乘机人|会员姓名|您的姓名是？|"
        "请问您的姓名|Customer Full Name"
    ),
    "phone": (
        "客户电话|客户手机|客户手机号|收件人电话|收货人手机|收件人手机号码|买家手机|报名电话|报名手机|"
        "预约电话|咨询电话|家长电话|家长手机|联系人手机|联系人手机号|联系人电话|联系人联系方式|主要联系方式|"
        "首选电话|备用手机|备用联系电话|第二联系电话|电话1|手机1|手机号1|手机（必填）|本人手机|注册手机|"
        "注册手机号|绑定手机|绑定手机号|登录手机|会员手机号|您的手机号|您的手机号码|您的联系方式|2.您的手机|"
        "2、手机号|Q2 手机|手机/电话|Tel|Tel.|TEL No|Phone 1|Mobile Phone Number|Cell Phone|Business Phone|"
        "Work Phone|Home Phone|Contact Phone Number|Contact No.|Contact Number|WhatsApp|Phone (Mobile)|"
        "移动电话1|公司固话|公司座机|单位电话|工作电话|宅电|住宅电话|企业电话|企业联系电话|更多电话|"
        "有效手机号|可用电话|手机号(明文)|手机号码(脱敏)|隐私号|虚拟号|中间号|呼叫号码|来电号码|主叫号码|"
        "客户来电|您的手机号码是多少？|Primary Phone|Phone Number|Mobile Number|联系人1电话"
    ),
    "email": (
        "客户邮箱|联系邮箱|联系人邮箱|公司邮箱|企业邮箱|工作邮箱|个人邮箱|常用邮箱|Email Address|E-Mail|"
        "Work Email|Business Email|Personal Email|Primary Email|Email 1|您的邮箱|注册邮箱|Mail address|"
        "电子邮件地址|邮箱(选填)"
    ),
    "wechat": ("客户微信|联系人微信|微信号码|微信ID|微信(手机同号)|您的微信号|WeChat ID|个人微信|weixinhao"),
    "qq": ("客户QQ|QQ号码|联系人QQ|您的QQ"),
    "company": (
        "客户公司|公司全称|企业全称|客户单位|单位全称|工作单位名称|就职公司|任职公司|所属公司|所属单位|"
        "所属企业|雇主|甲方|Company/Organization|Company Name|Organization Name|Employer|Firm|Business Name|"
        "商户名称|商家名称|商家|厂家|厂名|购货单位|采购单位|公司/单位|您的公司|您的单位|贵公司名称|"
        "公司（全称）|公司名称(工商)|Account Name|您所在的公司名称"
    ),
    "title": (
        "联系人职务|职务/职称|职位名称|现任职务|您的职位|岗位名称|Job Role|Position|Designation|联系人职位|Title"
    ),
    "address": (
        "客户地址|联系人地址|收件地址|收货人地址|送货地址|配送地址|邮寄地址|寄送地址|快递地址|公司详细地址|"
        "公司所在地|所属省份|所属城市|所属区县|经营地址|企业地址|门店地址|店铺地址|施工地址|安装地址|房屋地址|家庭住址|现住址|居住地|"
        "居住地址|常住地|小区名称|街道地址|街道/乡镇|Address 1|Address Line 1|Address Line 2|Street Address|"
        "Mailing Address|Shipping Address|City|State/Province|Province/State|省/市/区|省市|城市/地区|"
        "所在省市区|详细住址|具体地址|地址1|您的地址"
    ),
    "birth_date": ("客户生日|出生年月日|生日(公历)|出生日期(YYYY-MM-DD)|Date of Birth|您的生日|阳历生日|生日"),
    "region": ("销售大区|业务区域|负责区域|归属区域|营销区域|战区|所属战区|所属大区|销售区域"),
    "interest": (
        "意向车型|意向楼盘|意向课程|意向户型|咨询产品|咨询课程|咨询内容|购买产品|产品需求|客户需求|需求描述|"
        "采购需求|感兴趣的产品|产品兴趣|Product Interest|Interested Product|想了解的产品|意向商品|预约项目|"
        "关注车型|需求类型"
    ),
}
NOT_OURS = (
    "金额|备注|创建时间|更新时间|跟进人|销售|来源|渠道|状态|等级|序号|编号|订单号|性别|年龄|学历|行业|标签|"
    "数量|单价|是否成交|跟进记录|下次联系时间|最后联系时间|联系次数|邮箱验证|电话状态|手机品牌|手机型号|"
    "手机归属地|号码归属地|号码类型|职级|职能|运营商|微信状态|公司规模|公司行业|公司网址|公司性质|公司类型|"
    "联系时间|联系结果|姓名拼音|推荐人|介绍人|推荐人电话|介绍人手机|邀请人|创建人|最后修改人|所属销售|"
    "客户经理|客服|业务员|登记人|录入人|紧急联系人|紧急联系人电话|客户编号|客户ID|客户类型|客户状态|客户等级|"
    "客户来源|客户标签|地址类型|销售电话|业务员电话|销售手机|经纪人电话|密码|传真|Fax|Website|Lead Source|"
    "Lead Status|Owner|Sales Rep|Created Date|Amount|Stage|Notes|身高|城市等级|电话数量|手机号是否有效|"
    "联系人2|联系人2电话|第二联系人|备用联系人电话|其他联系人|注册号码|注册号|产品|项目|服务|课程|微信头像|"
    "报名时间|报名费|申请时间|预约时间|咨询时间|收货时间|学员编号|会员卡号|会员等级|用户名|用户ID|用户来源|"
    "业主类型|老板来源|商家编号|公司电话状态|家长意见|电话沟通记录|手机系统|邮箱状态|企业类型|"
    "统一社会信用代码|注册资本|成立日期|所属行业|经营范围|省份代码|意向等级|意向金额|购买数量|购买时间|"
    "服务人员|Country|Company Size|Contact Owner|Contact Status|Email Opt Out|Phone Type|Industry|Campaign|"
    "Name of Product"
)
WEAK = {
    "name": (
        "买家昵称|学生姓名|患者姓名|被保险人|昵称|微信昵称|老板|法人姓名|法人代表|法定代表人|英文名|英文姓名|"
        "Lead|粉丝昵称"
    ),
    "phone": ("法人电话|法人手机"),
    "company": ("公司简称|店铺名称|店名|门店名称|品牌|学校名称|医院名称"),
    "address": ("注册地址|户籍地址|Billing Address|State"),
}


def pairs(table: dict[str, str]) -> list[tuple[str, str]]:
    return [(heading, name) for name, headings in table.items() for heading in headings.split("|")]


@pytest.mark.parametrize(("heading", "name"), pairs(SURE))
def test_a_heading_means_its_field(heading: str, name: str) -> None:
    assert field_of(heading) == name


@pytest.mark.parametrize("heading", NOT_OURS.split("|"))
def test_what_tells_something_else_means_none(heading: str) -> None:
    assert (field_of(heading), weak_field_of(heading), name_part_of(heading)) == (None, None, None)


@pytest.mark.parametrize(("heading", "name"), pairs(WEAK))
def test_some_mean_it_where_no_other_does(heading: str, name: str) -> None:
    assert (field_of(heading), weak_field_of(heading)) == (None, name)


def test_the_legal_person_is_the_contact_only_where_nobody_else_is() -> None:
    register = find_columns([(1, ["企业名称", "法定代表人", "电话", "更多电话", "注册地址"])])
    assert register.row(["甲公司", "李雷", "13800138000", "13900139000", "文三路1号"]) == {
        "company": "甲公司", "name": "李雷", "phone": "13800138000 / 13900139000", "address": "文三路1号",
    }  # fmt: skip
    beside = find_columns([(1, ["法定代表人", "联系人", "手机", "法人手机", "法人手机"])])
    assert beside.row(["李雷", "韩梅梅", "13800138000", "13900139000", "1"]) == {
        "name": "韩梅梅", "phone": "13800138000", "法定代表人": "李雷", "法人手机": "13900139000", "法人手机 2": "1",
    }  # fmt: skip
    assert beside.unknown == ("法定代表人", "法人手机")


@pytest.mark.parametrize(
    ("headings", "cells", "name"),
    [
        (["姓", "名", "手机"], ["欧阳", "娜", "1"], "欧阳娜"),
        (["名", "姓", "手机"], ["雷", "李", "1"], "李雷"),
        (["First Name", "Last Name", "Phone"], ["John", "Smith", "1"], "John Smith"),
        (["Last Name", "First Name", "Phone"], ["李", "雷", "1"], "李雷"),
        (["Last Name", "First Name", "Phone"], ["Smith", "", "1"], "Smith"),
        (["姓", "称谓", "手机"], ["张", "先生", "1"], "张"),
    ],
)
def test_a_name_in_two_columns_is_put_together(headings: list[str], cells: list[str], name: str) -> None:
    assert find_columns([(1, headings)]).row(cells)["name"] == name


def test_beside_a_whole_name_its_parts_are_kept_as_they_are() -> None:
    columns = find_columns([(1, ["姓名", "姓", "手机"])])
    assert columns.row(["李雷", "李", "1"]) == {"name": "李雷", "phone": "1", "姓": "李"}


def test_what_a_second_column_of_a_field_says_is_kept_under_its_heading() -> None:
    columns = find_columns([(1, ["公司名称", "工作单位", "手机"])])
    assert columns.row(["甲公司", "乙公司", "1"]) == {"company": "甲公司", "phone": "1", "工作单位": "乙公司"}
    assert columns.row(["甲公司", "甲公司", "1"]) == {"company": "甲公司", "phone": "1"}
    assert columns.row(["", "乙公司", "1"]) == {"company": "乙公司", "phone": "1"}


def test_no_column_of_a_field_is_lost() -> None:
    columns = find_columns([(1, ["姓名", "客户姓名", "客户姓名", "邮箱", "工作邮箱", "客户姓名 2", "手机"])])
    assert columns.row(["王伟明", "王伟", "王小伟", "aa@b.com", "a@b.com", "甲", "1"]) == {
        "name": "王伟明", "phone": "1", "email": "aa@b.com",
        "客户姓名": "王伟", "客户姓名 2": "王小伟", "客户姓名 2 2": "甲", "工作邮箱": "a@b.com",
    }  # fmt: skip


def test_a_heading_that_is_a_fields_own_name_does_not_hide_what_stands_there() -> None:
    columns = find_columns([(1, ["Full Name", "name", "phone"])])
    assert columns.row(["John Smith", "Johnny", "1"]) == {"name": "John Smith", "phone": "1", "name 2": "Johnny"}


def test_the_papers_of_whom_somebody_else_answers_for_are_not_the_persons() -> None:
    school = find_columns([(1, ["学生姓名", "出生年月", "身份证号码", "家长姓名", "家长身份证号", "联系电话"])])
    assert school.row(["李小雷", "2015-01", "1", "李雷", "2", "13800138000"]) == {
        "name": "李雷", "phone": "13800138000", "id_number": "2",
        "学生姓名": "李小雷", "出生年月": "2015-01", "身份证号码": "1",
    }  # fmt: skip
    alone = find_columns([(1, ["学生姓名", "出生年月", "联系电话"])])
    assert alone.row(["李小雷", "2015-01", "1"]) == {"name": "李小雷", "birth_date": "2015-01", "phone": "1"}


def test_a_second_person_in_a_row_is_no_part_of_the_first() -> None:
    columns = find_columns([(1, ["联系人1", "联系人1电话", "联系人2", "联系人2电话"])])
    assert columns.row(["李雷", "13800138000", "韩梅梅", "13900139000"]) == {
        "name": "李雷", "phone": "13800138000", "联系人2": "韩梅梅", "联系人2电话": "13900139000",
    }  # fmt: skip


def test_the_contacts_of_known_systems_are_read_as_they_export_them() -> None:
    salesforce = ["First Name", "Last Name", "Title", "Company", "Street", "City", "State/Province",
                  "Zip/Postal Code", "Country", "Phone", "Mobile", "Fax", "Email", "Lead Status"]  # fmt: skip
    assert find_columns([(1, salesforce)]).named() == {
        "title": ["Title"], "company": ["Company"], "address": ["Street", "City", "State/Province"],
        "postcode": ["Zip/Postal Code"], "phone": ["Phone", "Mobile"], "email": ["Email"],
        "name": ["Last Name", "First Name"], "extra.Country": ["Country"], "extra.Fax": ["Fax"],
        "extra.Lead Status": ["Lead Status"],
    }  # fmt: skip
    form = ["序号", "1、您的姓名：", "2、您的手机号码是？", "3、您所在的公司名称", "4、您的职位", "5、想了解的产品"]
    assert list(find_columns([(1, form)]).fields) == ["name", "phone", "company", "title", "interest"]


@pytest.mark.parametrize("heading", ["微信/QQ", "QQ/微信号", "WeChat & QQ", "微信或QQ"])
def test_a_column_of_wechat_and_qq_ids_is_known(heading: str) -> None:
    assert set(fields_of(heading)) == {"wechat", "qq"}


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("lixx_99", {"wechat": "lixx_99"}),
        ("wx: wu_laoshi88 / QQ：87654321", {"wechat": "wu_laoshi88", "qq": "87654321"}),
        ("QQ 87654321", {"qq": "87654321"}),
        ("13812349009", {"wechat": "13812349009", "phone": "+8613812349009"}),
        ("无", {}),
    ],
)
def test_each_rule_takes_what_is_its_own(cell: str, found: dict[str, str]) -> None:
    row = find_columns([(1, ["姓名", "微信/QQ"])]).row(["李雷", cell])
    assert cleanse_record("lead_imported", {"row": row}, CleansingOptions())[0]["row"] == {"name": "李雷", **found}
