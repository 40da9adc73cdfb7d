import pytest

from processors.cleansing.company import clean_company, company_key
from processors.cleansing.hanzi import simplified, syllables
from processors.cleansing.id_number import check_character, clean_id_number, hashed, masked
from processors.cleansing.name import clean_name
from processors.cleansing.postcode import clean_postcode
from processors.cleansing.reachability import Reachability, grade, reachability
from processors.cleansing.social import clean_social
from processors.cleansing.title import clean_title


@pytest.mark.parametrize(
    ("raw", "name", "details"),
    [
        ("张三", "张三", {"surname": "张", "pinyin": "zhang san", "key": "张三"}),
        (" 张　三 ", "张三", {}),
        ("张先生", "张", {"honorific": "先生", "gender": "male", "surname_only": True}),
        ("欧阳娜娜女士", "欧阳娜娜", {"honorific": "女士", "gender": "female", "surname": "欧阳"}),
        ("王总", "王", {"honorific": "总", "title": "总经理"}),
        ("张伟总", "张伟", {"honorific": "总"}),
        ("李老师", "李", {"honorific": "老师"}),
        ("李工", "李", {"title": "工程师"}),
        ("张建工", "张建工", {}),
        ("诸葛孔明总经理", "诸葛孔明", {"surname": "诸葛", "title": "总经理"}),
        ("小李", "李", {"honorific": "小"}),
        ("小明明", "小明明", {}),
        ("陳大文", "陳大文", {"key": "陈大文", "pinyin": "chen dawen"}),
        ("单雄信", "单雄信", {"pinyin": "shan xiongxin"}),
        ("万俟卨", "万俟卨", {"surname": "万俟"}),
        ("买买提·吐尔逊", "买买提·吐尔逊", {}),
        ("买买提•吐尔逊", "买买提·吐尔逊", {}),
        ("Smith, John", "John Smith", {}),
        ("JOHN SMITH", "John Smith", {}),
        ("McDonald", "McDonald", {}),
        ("Mr. Bob Lee", "Bob Lee", {"gender": "male"}),
        ("San Zhang", "San Zhang", {"pinyin": "zhang san"}),
        ("张三（采购）", "张三", {"remark": "采购"}),
        ("张三（1990.1.2）", "张三", {"birth_date": "1990-01-02"}),
        ("张三先生(1990年1月2日)", "张三", {"birth_date": "1990-01-02", "honorific": "先生"}),
        ("张三（男）（19900102）", "张三", {"birth_date": "1990-01-02", "gender": "male"}),
        ("张三（90.1.2生）", "张三", {"birth_date": "1990-01-02"}),
        ("张三（生日：2001/3/4）", "张三", {"birth_date": "2001-03-04"}),
        ("张三【1990-1-2】13800138000", "张三", {"birth_date": "1990-01-02", "phone": "13800138000"}),
        ("张三13800138000", "张三", {"phone": "13800138000"}),
        ("张三🌹", "张三", {}),
        ("姓名：张三", "张三", {}),
        ("张**", "张**", {"masked": True}),
        ("李某某", "李某某", {"masked": True}),
        ("王小明 男 35", "王小明", {"gender": "male"}),
        ("王小明，男，35岁", "王小明", {}),
        ("联系人王小明", "王小明", {}),
        ("法人：王小明", "王小明", {}),
        ("法定代表人：王小明", "王小明", {}),
        ("负责人王小明", "王小明", {}),
        ("王小明先生 您好", "王小明", {"honorific": "先生"}),
        ("王小明您好", "王小明", {}),
        ("John Smith本人", "John Smith", {}),
        ("买买提·艾力 微信同号", "买买提·艾力", {}),
        ("John Smith 男", "John Smith", {"gender": "male"}),
        ("1、买买提·艾力", "买买提·艾力", {}),
        ("AAA买买提·艾力", "买买提·艾力", {}),
        ("尊敬的王小明", "王小明", {}),
        ("王明本人", "王明", {}),
        ("王小明的微信", "王小明", {}),
        ("王小明（收）", "王小明", {}),
        ("001王小明", "王小明", {}),
        ("A王小明", "王小明", {}),
        ("AAA建材王小明", "王小明", {"remark": "AAA建材"}),
        ("VIP王小明", "王小明", {}),
        ("采购部王小明", "王小明", {}),
        ("上海分公司王总", "王", {"honorific": "总"}),
        ("采购部", None, {}),
        ("总裁办", None, {}),
        ("部落", "部落", {}),
        ("测试", None, {}),
        ("微信用户", None, {}),
        ("本人", None, {}),
        ("总经理", None, {}),
        ("高级工程师", None, {}),
        ("销售经理", None, {"title": "销售经理"}),
        ("李雷销售总监", "李雷", {"title": "销售总监"}),
        ("张伟-采购经理", "张伟", {"title": "采购经理"}),
        ("财务总监 韩梅梅", "韩梅梅", {"title": "财务总监"}),
        ("王采购", "王", {"title": "采购"}),
        ("張總", "張", {"honorific": "總", "title": "总经理"}),
        ("陳大文經理", "陳大文", {"title": "经理"}),
        ("總經理陳大文", "陳大文", {"title": "总经理"}),
        ("上海王总", "王", {"remark": "上海", "title": "总经理"}),
        ("郑州李总", "李", {"remark": "郑州"}),
        ("郑州 李总", "李", {"remark": "郑州"}),
        ("西安李工", "李", {"remark": "西安", "title": "工程师"}),
        ("义乌陈姐", "陈", {"remark": "义乌", "gender": "female"}),
        ("安庆林老师", "安庆林", {"title": "老师"}),
        ("#N/A", None, {}),
        ("总经理王伟", "王伟", {"title": "总经理"}),
        ("程总工程师", "程", {"title": "总工程师"}),
        ("洪女士", "洪", {"gender": "female"}),
        ("丘（邱）先生", "丘", {"gender": "male"}),
        ("Mr.王", "王", {"gender": "male"}),
        ("王伟 男", "王伟", {"gender": "male"}),
        ("王伟（女）", "王伟", {"gender": "female"}),
        ("王伟 李娜", "王伟", {"remark": "李娜"}),
        ("王伟&李娜", "王伟", {"remark": "李娜"}),
        ("欧阳 娜娜", "欧阳娜娜", {}),
        ("万科 张总", "张", {"company": "万科", "honorific": "总", "title": "总经理", "surname_only": True}),
        ("联系人：万科/张总 13800138000", "张", {"company": "万科", "phone": "13800138000"}),
        ("万科 张总🌹", "张", {"company": "万科"}),
        ("张总-万科", "张", {"company": "万科"}),
        ("远景科技 李雷", "李雷", {"company": "远景科技"}),
        ("华为李经理", "李", {"company": "华为", "title": "经理"}),
        ("小米 雷军", "雷军", {"company": "小米"}),
        ("华为 李春梅女士", "李春梅", {"company": "华为", "gender": "female"}),
        ("华为李春梅女士", "李春梅", {"company": "华为", "gender": "female"}),
        ("华为 欧阳春梅经理", "欧阳春梅", {"company": "华为", "title": "经理"}),
        ("华为销售经理林艳", "林艳", {"company": "华为", "title": "销售经理"}),
        ("客户曾雷", "曾雷", {}),
        ("远景科技 王建设", "王建设", {"company": "远景科技"}),
        ("华为的李雷", "李雷", {"company": "华为"}),
        ("李春梅经理 蓝海科技有限公司", "李春梅", {"company": "蓝海科技有限公司", "title": "经理"}),
        ("王伟 张总", "王伟", {"remark": "张总"}),
        ("李雷（腾讯）", "李雷", {"company": "腾讯"}),
        ("蓝海科技有限公司（李雷）", "李雷", {"company": "蓝海科技有限公司"}),
        ("蓝海（北京）科技有限公司", None, {"company": "蓝海（北京）科技有限公司"}),
        ("Blue Sea Co., Ltd.", None, {"company": "Blue Sea Co., Ltd."}),
        ("仓储物流 李经理", "李", {"remark": "仓储物流", "title": "经理"}),
        ("采购 王经理", "王", {"remark": "采购", "title": "经理"}),
        ("欧阳 老师", "欧阳", {"honorific": "老师"}),
        ("王总助理", None, {"remark": "王总助理"}),
        ("李先生的太太", None, {}),
        ("王总助理小李", "李", {"remark": "王总助理"}),
        ("刘总助理 小陈", "陈", {"remark": "刘总助理"}),
        ("王总经理助理", "王", {"title": "总经理助理"}),
        ("张伟助理", "张伟", {"title": "助理"}),
        ("客户姓名:王伟", "王伟", {}),
        ("昵称:王伟", "王伟", {}),
        ("微信名：王伟", "王伟", {}),
        ("姓 名：王伟", "王伟", {}),
        ("车主：王伟", "王伟", {}),
        ("对接人：王伟", "王伟", {}),
        ("总经理-王伟", "王伟", {"title": "总经理"}),
        ("王伟-意向高", "王伟", {"remark": "意向高"}),
        ("王伟 90平", "王伟", {"remark": "90平"}),
        ("王伟等3人", "王伟", {}),
        ("A-王伟", "王伟", {}),
        ("a1王伟", "王伟", {}),
        ("王伟电话13800138000", "王伟", {}),
        ("王伟 微信wangwei88", "王伟", {"channels": {"wechat": "wangwei88"}}),
        ("王伟wx:wangwei88", "王伟", {"channels": {"wechat": "wangwei88"}}),
        ("王伟 qq12345678", "王伟", {"channels": {"qq": "12345678"}}),
        ("王伟 wangwei@example.cn", "王伟", {"channels": {"email": "wangwei@example.cn"}}),
        ("马云 Jack", "马云", {"remark": "Jack"}),
        ("Tony Leung 梁朝伟", "梁朝伟", {"remark": "Tony Leung"}),
        ("王CEO", "王", {"title": "CEO"}),
        ("HR王伟", "王伟", {"title": "HR"}),
        ("ZHANG/SAN MR", "San Zhang", {"pinyin": "zhang san"}),
        ("王队长", "王", {"title": "队长"}),
        ("王护士长", "王", {"title": "护士长"}),
        ("王大哥", "王", {"gender": "male"}),
        ("王老先生", "王", {"gender": "male"}),
        ("陈太", "陈", {"gender": "female"}),
        ("李导", "李", {"title": "导演"}),
        ("禤总", "禤", {"surname_only": True}),
        ("装修王师傅", "王", {"remark": "装修"}),
        ("4S店小王", "王", {"remark": "4S店"}),
        ("房东王姐", "王", {"remark": "房东"}),
        ("杭州小李", "李", {"remark": "杭州"}),
        ("顺丰小哥王师傅", "王", {"remark": "顺丰小哥"}),
        ("迪丽热巴老师", "迪丽热巴", {}),
        ("蓝海科技", None, {"company": "蓝海科技"}),
        ("招商银行", None, {"company": "招商银行"}),
        ("老王烧烤店", None, {"company": "老王烧烤店"}),
        ("欧阳建设", "欧阳建设", {}),
        ("北京蓝海科技有限公司张三", "张三", {"company": "北京蓝海科技有限公司"}),
        ("张三 北京蓝海科技有限公司", "张三", {"company": "北京蓝海科技有限公司"}),
        ("张三北京蓝海科技有限公司", "张三", {"company": "北京蓝海科技有限公司"}),
        ("江苏南京蓝海科技有限公司", None, {"company": "江苏南京蓝海科技有限公司"}),
        ("北京蓝海科技张三", "张三", {"company": "北京蓝海科技"}),
        ("建设银行张家港", "建设银行张家港", {}),
        ("蓝海科技 总经理 张三", "张三", {"company": "蓝海科技", "title": "总经理"}),
        ("北京蓝海科技有限公司-销售部-张三", "张三", {"company": "北京蓝海科技有限公司"}),
        ("张三妈妈", None, {"remark": "张三妈妈"}),
        ("乐乐妈", None, {}),
        ("乐乐妈妈13800138000", None, {"phone": "13800138000"}),
        ("张三爸爸 张大山", "张大山", {"remark": "张三爸爸"}),
        ("测试用户", None, {}),
        ("用户a1b2c3", None, {}),
        ("某先生", None, {}),
        ("aaa", None, {}),
        ("的", None, {}),
        ("磊", "磊", {}),
        ("联系人 王伟", "王伟", {}),
        ("13800138000", None, {}),
        ("先生", None, {}),
        ("", None, {}),
        ("李雷 138 0013 8000", "李雷", {"phone": "138 0013 8000"}),
        ("华为 买买提·艾力", "买买提·艾力", {"company": "华为"}),
        ("买买提·艾力-杭州蓝海科技有限公司", "买买提·艾力", {"company": "杭州蓝海科技有限公司"}),
        ("买买提•艾力 采购部", "买买提·艾力", {"remark": "采购部"}),
        ("买买提·艾力/古丽·买买提", "买买提·艾力", {}),
        ("客户李雷", "李雷", {}),
        ("老板王总", "王", {"title": "总经理"}),
        ("车主王先生", "王", {"gender": "male"}),
        ("业主委员会", "业主委员会", {}),
        ("方主", "方主", {}),
        ("哈哈哈哈", None, {}),
        ("不告诉你", None, {}),
        ("财务室", None, {}),
        ("公司前台", None, {}),
    ],
)
def test_name(raw, name, details):
    cleaned = clean_name(raw)
    assert cleaned.value == name
    assert details.items() <= cleaned.details.items()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("syllable", ["xian", "nan", "yuan", "ange"])
def test_a_word_that_is_nearly_pinyin_costs_no_more_than_its_length(syllable):
    assert "pinyin" not in clean_name(f"Zhang {syllable * 40}qz").details


def test_traditional_and_latin_spellings_meet_in_their_keys():
    assert clean_name("陳大文").details["key"] == clean_name("陈大文").details["key"]
    assert clean_name("Zhang Xiao-Ming").details["pinyin"] == clean_name("张晓明").details["pinyin"]
    assert simplified("華為技術") == "华为技术"
    assert syllables("吕蒙A") == ("lv", "meng", "A")


@pytest.mark.parametrize(
    "raw", ["张三（2025.3.4）", "张三（88-6-1）", "张三（2026.10.1 签约）", "张三（1998.1.2）妈妈"]
)
def test_another_date_beside_a_name_is_no_birth_date(raw):
    cleaned = clean_name(raw)
    assert (cleaned.value, "birth_date" in cleaned.details) == ("张三", False)


def test_a_birth_date_beside_a_name_is_a_remark_where_the_rule_is_off():
    cleaned = clean_name("张三（1990.1.2）", frozenset({"name.birth_date"}))
    assert (cleaned.value, cleaned.notes, cleaned.details["remark"]) == ("张三", ("name.remark",), "1990.1.2")


@pytest.mark.parametrize("rule", ["name.honorific", "name.remark", "name.phone", "name.symbols", "name.firm"])
def test_name_rules_can_be_off(rule):
    raw = "万科 王总（采购）13800138000🌹"
    assert rule in clean_name(raw).notes
    assert rule not in clean_name(raw, frozenset({rule})).notes


@pytest.mark.parametrize(
    ("raw", "value", "details"),
    [
        ("北京百度网讯科技有限公司", "北京百度网讯科技有限公司", {}),
        ("阿里巴巴(中国)有限公司", "阿里巴巴（中国）有限公司", {}),
        ("公司名称：小米科技", "小米科技", {}),
        ("杭州 阿里巴巴 网络技术有限公司", "杭州阿里巴巴网络技术有限公司", {}),
        ("北京百度网讯科技有限公司上海分公司", "北京百度网讯科技有限公司上海分公司", {"branch": "上海分公司"}),
        ("招商银行深圳分行", "招商银行深圳分行", {"head_office": "招商银行"}),
        ("工行", "工行", {"known_as": "中国工商银行"}),
        ("Apple, Inc.", "Apple, Inc.", {"key": "apple"}),
        ("个人", None, {}),
        ("上海远景科技有限公司。", "上海远景科技有限公司", {"key": "上海远景科技"}),
        ("【远景科技】", "远景科技", {}),
        ("上海远景科技有限公司 13800138000", "上海远景科技有限公司", {"phone": "13800138000", "key": "上海远景科技"}),
        ("上海远景科技有限公司（电话：13800138000）", "上海远景科技有限公司", {"phone": "13800138000"}),
        ("上海远景科技有限公司 021-68888888-801", "上海远景科技有限公司", {"phone": "021-68888888-801"}),
        ("退休", None, {}),
        ("国企", None, {}),
        ("有限公司", None, {}),
        ("XX公司", None, {}),
        ("13800138000", None, {}),
        ("360", "360", {}),
        ("——", None, {}),
        ("工作单位：蓝海科技", "蓝海科技", {}),
        ("现就职于蓝海科技", "蓝海科技", {}),
        ("蓝海科技有限公司（原蓝天科技有限公司）", "蓝海科技有限公司", {"former": "蓝天科技有限公司"}),
        ("蓝海科技有限公司(曾用名：蓝天（集团）有限公司)", "蓝海科技有限公司", {"former": "蓝天（集团）有限公司"}),
        ("蓝海科技有限公司【已注销】", "蓝海科技有限公司", {}),
        ("蓝海（北京）科技有限公司", "蓝海（北京）科技有限公司", {}),
        ("蓝海科技有限公司-张三", "蓝海科技有限公司", {"person": "张三"}),
        ("蓝海科技有限公司 张三 经理", "蓝海科技有限公司", {"person": "张三 经理"}),
        ("蓝海科技有限公司/总经理", "蓝海科技有限公司", {"person": "总经理"}),
        ("蓝海科技有限公司 金华", "蓝海科技有限公司金华", {}),
        ("蓝海科技有限公司 华东", "蓝海科技有限公司华东", {}),
        ("蓝海科技有限公司 项目", "蓝海科技有限公司项目", {}),
        ("蓝海餐饮（原点广场店）", "蓝海餐饮（原点广场店）", {}),
        ("蓝海餐饮（原名：蓝天）", "蓝海餐饮", {"former": "蓝天"}),
        ("999", "999", {"known_as": "华润三九"}),
        ("888", None, {}),
        ("蓝海餐饮（原：蓝天大酒店）", "蓝海餐饮", {"former": "蓝天大酒店"}),
        ("蓝海科技有限公司-销售部", "蓝海科技有限公司-销售部", {}),
        ("蓝海科技有限公司 91110108MA01ABCD2X", "蓝海科技有限公司", {}),
        ("91110108MA01ABCD2X", None, {}),
        ("蓝海科技有限公司 www.example.cn", "蓝海科技有限公司", {}),
        ("“蓝海”科技", "“蓝海”科技", {}),
        ("“蓝海科技”", "蓝海科技", {}),
        ("阿里", "阿里", {"known_as": "阿里巴巴"}),
        ("北京", None, {}),
        ("XXX科技有限公司", None, {}),
        ("aaa", None, {}),
        ("123456", None, {}),
        ("没有公司", None, {}),
        ("58", "58", {}),
        ("甲方：蓝海科技有限公司", "蓝海科技有限公司", {}),
        ("客户名称：蓝海科技有限公司", "蓝海科技有限公司", {}),
        ("蓝海科技有限公司(", "蓝海科技有限公司", {}),
        ("蓝海科技有限公司(张三)", "蓝海科技有限公司", {"person": "张三"}),
        ("蓝海科技有限公司（张总）", "蓝海科技有限公司", {"person": "张总"}),
        ("蓝海科技有限公司（法人：李雷）", "蓝海科技有限公司", {"person": "李雷"}),
        ("蓝海科技有限公司 联系人：郗雷", "蓝海科技有限公司", {"person": "郗雷"}),
        ("蓝海科技有限公司 李雷 13800138000", "蓝海科技有限公司", {"person": "李雷", "phone": "13800138000"}),
        ("蓝海科技有限公司 li@lanhai.cn", "蓝海科技有限公司", {"channels": {"email": "li@lanhai.cn"}}),
        ("蓝海科技有限公司（上海）", "蓝海科技有限公司（上海）", {}),
        ("蓝海科技有限公司（方庄店）", "蓝海科技有限公司（方庄店）", {}),
        ("蓝海科技有限公司-高新", "蓝海科技有限公司-高新", {"key": "蓝海科技有限公司高新"}),
        ("蓝海科技有限公司-徐汇", "蓝海科技有限公司-徐汇", {}),
        ("蓝海科技有限公司 韩国", "蓝海科技有限公司韩国", {}),
        ("蓝海科技股份有限公司（股票代码：300001）", "蓝海科技股份有限公司", {"key": "蓝海科技"}),
        ("蓝海科技(300001.SZ)", "蓝海科技", {}),
        (
            "北京京东世纪贸易有限公司上海（浦东）分公司",
            "北京京东世纪贸易有限公司上海（浦东）分公司",
            {"branch": "上海（浦东）分公司"},
        ),
        ("蓝海有限公司 李雷（经理）", "蓝海有限公司", {"person": "李雷 经理"}),
        ("蓝海科技有限公司（已离职）", "蓝海科技有限公司", {}),
        ("蓝海科技有限公司（筹）", "蓝海科技有限公司", {}),
        ("WX Industrial Co., Ltd.", "WX Industrial Co., Ltd.", {}),
        ("蓝海科技有限公司【VIP】", "蓝海科技有限公司", {}),
        ("个体工商户", None, {}),
        ("贸易公司", None, {}),
        ("某上市公司", None, {}),
        ("XX市XX局", None, {}),
        ("上海XX贸易有限公司", None, {}),
        ("浙江杭州某某科技有限公司", None, {}),
        ("北京**科技有限公司", None, {}),
        ("**公司", None, {}),
        ("1", None, {}),
        ("宝妈", None, {}),
        ("不方便透露", None, {}),
        ("请输入公司名称", None, {}),
        ("西湖区", None, {}),
        ("13800138000", None, {"phone": "13800138000"}),
    ],
)
def test_company(raw, value, details):
    cleaned = clean_company(raw)
    assert cleaned.value == value
    assert details.items() <= cleaned.details.items()


SAME_COMPANY = [
    ("北京百度网讯科技有限公司", "北京市百度网讯科技有限责任公司"),
    ("北京百度网讯科技有限公司", "北京百度网讯科技有限公司上海分公司"),
    ("腾讯科技（深圳）有限公司", "腾讯科技(深圳)有限公司"),
    ("華為技術有限公司", "华为技术有限公司"),
    ("中国工商银行股份有限公司深圳南山支行", "工行"),
    ("Acme Co., Ltd.", "ACME"),
    ("蓝海科技有限公司", "蓝海科技有限公司 (Blue Ocean Technology Co., Ltd.)"),
    ("蓝海科技有限公司", "Blue Ocean Technology Co., Ltd. 蓝海科技有限公司"),
    ("蓝海科技有限公司", "蓝海科技Co., Ltd."),
    ("蓝海科技有限公司", "蓝海科技有限公司（总部）"),
    ("蓝海科技有限公司", "蓝海科技有限公司 - 市场部"),
    ("张三小吃店", "张三小吃店（个体工商户）"),
    ("浙江省杭州市蓝海科技有限公司", "浙江杭州蓝海科技有限公司"),
]


@pytest.mark.parametrize(("one", "other"), SAME_COMPANY)
def test_one_company_has_one_key(one, other):
    assert company_key(one) == company_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("北京华联商厦有限公司", "上海华联商厦有限公司"),
        ("阿里巴巴广告有限公司", "阿里巴巴网络有限公司"),
        ("TCL科技集团股份有限公司", "科技集团股份有限公司"),
        ("蓝海集团A公司", "蓝海集团B公司"),
    ],
)
def test_two_companies_have_two_keys(one, other):
    assert company_key(one) != company_key(other)


def test_short_names_of_the_rule_book():
    cleaned = clean_company("小巨人", short_names={"小巨人": "巨人网络集团股份有限公司"})
    assert cleaned.details["known_as"] == "巨人网络集团股份有限公司"
    assert cleaned.details["key"] == company_key("巨人网络集团")


@pytest.mark.parametrize(
    ("raw", "seniority", "function"),
    [
        ("董事长", 5, "management"),
        ("CTO", 5, "technology"),
        ("副总经理", 4, "management"),
        ("Vice President", 4, "management"),
        ("销售总监", 4, "sales"),
        ("采购经理", 3, "procurement"),
        ("Product Manager", 3, None),
        ("高级工程师", 2, "technology"),
        ("总经理助理", 2, "management"),
        ("会计", 1, "finance"),
        ("董事长兼总经理", 5, "management"),
        ("董事会主席", 5, "management"),
        ("董事会副主席", 4, "management"),
        ("销售助理&总经理", 5, "sales"),
        ("R&D Manager", 3, "technology"),
        ("总经理助理兼销售经理", 3, "sales"),
        ("VP of Sales & Marketing", 4, "sales"),
        ("Vice-President", 4, "management"),
        ("Deputy General Manager", 4, "management"),
        ("Assistant General Manager", 4, "management"),
        ("Assistant of General Manager", 2, "management"),
        ("Secretary to GM", 2, "management"),
        ("CEO Assistant", 2, "management"),
        ("CEO助理", 2, "management"),
        ("总经理特助", 2, "management"),
        ("部长助理", 2, None),
        ("行政助理", 1, "people"),
        ("采购助理", 1, "procurement"),
        ("董事会秘书", 4, "management"),
        ("秘书长", 4, None),
        ("副厂长", 4, "management"),
        ("支行行长", 4, "management"),
        ("华东区总经理", 4, "management"),
        ("事业部总经理", 4, "management"),
        ("中国区总裁", 5, "management"),
        ("大区经理", 3, "sales"),
        ("班主任", 1, None),
        ("法定代表人", 5, "management"),
        ("股东", 4, "management"),
        ("首席技术官", 5, "technology"),
        ("首席设计师", 4, None),
        ("CHRO", 5, "people"),
        ("HRBP", None, "people"),
        ("HR经理", 3, "people"),
        ("IT主管", 2, "technology"),
        ("程序员", 1, "technology"),
        ("车间主任", 3, "operations"),
        ("网络安全工程师", 1, "technology"),
        ("外贸经理", 3, "sales"),
        ("Sales Engineer", 1, "sales"),
        ("Key Account Manager", 3, "sales"),
        ("Accounts Manager", 3, "finance"),
        ("Regional Sales Director", 4, "sales"),
        ("Managing Director", 5, "management"),
        ("Director of Operations", 4, "operations"),
        ("Audit Manager", 3, "finance"),
        ("Editor", None, None),
        ("總經理", 5, "management"),
        ("採購主管", 2, "procurement"),
        ("老总", 5, "management"),
        ("财务总监(CFO)", 5, "finance"),
        ("前台", 1, None),
        ("总裁办主任", 3, "management"),
        ("董事长司机", 1, "management"),
        ("Product Owner", 3, None),
        ("税务经理", 3, "finance"),
        ("Purchasing Agent", 1, "procurement"),
        ("Staff", 1, None),
        ("实际控制人", 5, None),
        ("朋友", None, None),
    ],
)
def test_title(raw, seniority, function):
    details = clean_title(raw).details
    assert (details.get("seniority"), details.get("function")) == (seniority, function)


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        ("（总经理）", "总经理"),
        ("销售 经理", "销售经理"),
        ("担任总经理", "总经理"),
        ("总经理（兼）", "总经理（兼）"),
        ("经理。", "经理"),
        ("职称：高级工程师", "高级工程师"),
        ("Job Title: CEO", "CEO"),
        ("职务：无", None),
        ("其他", None),
        ("请选择", None),
        ("请输入职位", None),
        ("职位", None),
    ],
)
def test_a_title_alone(raw, title):
    assert clean_title(raw).value == title


@pytest.mark.parametrize(
    ("kind", "raw", "value", "rule"),
    [
        ("wechat", "Zhang_San123", "zhang_san123", "wechat.normal"),
        ("wechat", "微信号：zhang_san", "zhang_san", "wechat.normal"),
        ("wechat", "张三:zhang_san", "zhang_san", "wechat.normal"),
        ("wechat", "微:zhang_san", "zhang_san", "wechat.normal"),
        ("wechat", "a13800138000", "a13800138000", None),
        ("wechat", "wx13800138000", "13800138000", "wechat.normal"),
        ("qq", "q: 12345678", "12345678", "qq.normal"),
        ("wechat", "vx: zhang_san", "zhang_san", "wechat.normal"),
        ("wechat", "wxid_abc123", "wxid_abc123", None),
        ("wechat", "+86 138 0013 8000", "13800138000", "wechat.normal"),
        ("wechat", "同手机号", None, "wechat.same_as_phone"),
        ("wechat", "张三", None, "wechat.invalid"),
        ("wechat", "微信", None, "wechat.invalid"),
        ("wechat", "v信 zhang_san", "zhang_san", "wechat.normal"),
        ("wechat", "加V：zhangsan88", "zhangsan88", "wechat.normal"),
        ("wechat", "zhang_san（老板）", "zhang_san", "wechat.normal"),
        ("wechat", "zhang_san 备注小王", "zhang_san", "wechat.normal"),
        ("wechat", "zhangsan88/lisi99", "zhangsan88", "wechat.normal"),
        ("wechat", "陈三微信号：chen_san", "chen_san", "wechat.normal"),
        ("wechat", "zhang san feng", None, "wechat.invalid"),
        ("wechat", "please contact later", None, "wechat.invalid"),
        ("wechat", "lilei-8-8", "lilei-8-8", None),
        ("wechat", "lilei88 13800138000", "lilei88", "wechat.normal"),
        ("wechat", "lilei88，电话13800138000", "lilei88", "wechat.normal"),
        ("wechat", "WeChat: lilei88 / Phone: 13800138000", "lilei88", "wechat.normal"),
        ("wechat", "13800138000（微信号lilei88）", "lilei88", "wechat.normal"),
        ("wechat", "微信/手机：13800138000", "13800138000", "wechat.normal"),
        ("wechat", "138 0013 8000", "13800138000", "wechat.normal"),
        ("wechat", "0086-13800138000", "13800138000", "wechat.normal"),
        ("wechat", "与手机号不同：lilei88", "lilei88", "wechat.normal"),
        ("wechat", "微信号是：lilei88", "lilei88", "wechat.normal"),
        ("wechat", "加我微信lilei88", "lilei88", "wechat.normal"),
        ("wechat", "➕V❤️：lilei88", "lilei88", "wechat.normal"),
        ("wechat", "加薇lilei88", "lilei88", "wechat.normal"),
        ("wechat", "微X：lilei88", "lilei88", "wechat.normal"),
        ("wechat", "lilei88已加", "lilei88", "wechat.normal"),
        ("wechat", "李雷88", None, "wechat.invalid"),
        ("wechat", "QQ55667788 微信lilei88", "lilei88", "wechat.normal"),
        ("wechat", "请加qq 55667788", None, "wechat.invalid"),
        ("wechat", "抖音lilei88", None, "wechat.invalid"),
        ("qq", "QQ 55667788 微信 lilei88", "55667788", "qq.normal"),
        ("wechat", "手机", None, "wechat.same_as_phone"),
        ("wechat", "微信=手机", None, "wechat.same_as_phone"),
        ("wechat", "与电话一致", None, "wechat.same_as_phone"),
        ("wechat", "same as phone", None, "wechat.same_as_phone"),
        ("wechat", "不是手机号", None, "wechat.invalid"),
        ("qq", "QQ/微信：2853910022", "2853910022", "qq.normal"),
        ("douyin", "tiktok: lilei88", "lilei88", "douyin.normal"),
        ("douyin", "2.0 复制打开抖音，看看【小花的作品】 https://v.douyin.com/abc/", None, "douyin.invalid"),
        ("kuaishou", "快手号码：lilei", "lilei", "kuaishou.normal"),
        ("qq", "123456789.0", "123456789", "qq.normal"),
        ("wechat", "test_li88", "test_li88", None),
        ("qq", "88888", None, "qq.invalid"),
        ("douyin", "none.", None, "douyin.invalid"),
        ("douyin", "123456789.0", "123456789", "douyin.normal"),
        ("qq", "123456789（小王）", "123456789", "qq.normal"),
        ("qq", "123456789/987654321", "123456789", "qq.normal"),
        ("qq", "张三 QQ：123456", "123456", "qq.normal"),
        ("wechat", "weixin: zhangwei 88", None, "wechat.invalid"),
        ("wechat", "微信：zhangwei_88 张三", "zhangwei_88", "wechat.normal"),
        ("qq", "QQ群123456", None, "qq.invalid"),
        ("qq", "12345 67890123", None, "qq.invalid"),
        ("qq", "QQ：123456", "123456", "qq.normal"),
        ("qq", "123456@qq.com", "123456", "qq.normal"),
        ("qq", "１２３４５６", "123456", "qq.normal"),
        ("qq", "0123", None, "qq.invalid"),
        ("douyin", "抖音号：Abc.123", "abc.123", "douyin.normal"),
        ("douyin", "https://v.douyin.com/x", None, "douyin.invalid"),
        ("kuaishou", "快手：K_123", "k_123", "kuaishou.normal"),
    ],
)
def test_network_ids(kind, raw, value, rule):
    cleaned = clean_social(kind, raw)
    assert cleaned.value == value
    assert rule is None or rule in cleaned.notes


@pytest.mark.parametrize("kind", ["wechat", "qq", "douyin", "kuaishou"])
def test_an_id_that_is_none_stays_where_that_rule_is_off(kind):
    assert clean_social(kind, "不是 号码", frozenset({f"{kind}.invalid"})).value == "不是 号码"


NUMBER = "11010519491231002X"  # the example of the standard GB 11643


def test_id_number_checksum_and_what_it_tells():
    assert check_character(NUMBER[:17]) == "X"
    cleaned = clean_id_number("身份证：11010519491231002x")
    assert cleaned.value == NUMBER
    assert cleaned.details["birth_date"] == "1949-12-31"
    assert cleaned.details["gender"] == "female"
    assert cleaned.details["province"] == "北京市"
    assert cleaned.details["masked"] == masked(NUMBER) == "110105********002X"


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        ("110105194912310021", "id_number.invalid"),
        ("11010519491331002X", "id_number.invalid"),
        ("99010519491231002X", "id_number.invalid"),
        ("12345", "id_number.invalid"),
        ("110105********002X", "id_number.masked"),
        ("1****************X", "id_number.masked"),
    ],
)
def test_id_number_refused(raw, rule):
    cleaned = clean_id_number(raw)
    assert cleaned.value is None
    assert cleaned.notes == (rule,)


@pytest.mark.parametrize("raw", [f"张三 13800138000 {NUMBER}", f"{NUMBER} 13800138000", "110105 19491231 002X"])
def test_a_number_beside_an_identity_number_is_no_part_of_it(raw):
    assert clean_id_number(raw).value == NUMBER


@pytest.mark.parametrize(
    ("raw", "province"),
    [("81000019940823002", "香港特别行政区"), ("83000019940823002", "台湾省"), ("91184019810803002", "")],
)
def test_residents_who_are_no_citizens_have_identity_numbers(raw, province):
    number = raw + check_character(raw)
    assert clean_id_number(number).value == number
    assert clean_id_number(number).details["province"] == province


@pytest.mark.parametrize(
    "raw", ["11010519491231002×", "11010519491231002Х", "11010519491231002*", "身份证：11010519491231002*"]
)
def test_what_stands_for_the_check_character_is_it_if_it_fits(raw):
    assert clean_id_number(raw).value == NUMBER
    assert clean_id_number(raw.replace("1231", "1230")).value is None


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("E12345678", "E******78"),
        ("护照：EA1234567", "E******67"),
        ("C12345678", "C******78"),
        ("H1234567801", "H********01"),
        ("A123456(3)", "A*****63"),
        ("台湾身份证A123456789", "A*******89"),
        ("USA110080010101", "U************01"),
        ("台胞证：12345678", "1*****78"),
    ],
)
def test_passports_and_permits_are_shown_masked_and_link_nobody(raw, shown):
    cleaned = clean_id_number(raw)
    assert (cleaned.value, cleaned.notes, cleaned.details) == (None, ("id_number.document",), {"masked": shown})


@pytest.mark.parametrize("raw", ["A123456(7)", "A123456780", "12345678", "B12345678"])
def test_what_fails_the_check_of_its_place_is_no_document(raw):
    assert clean_id_number(raw).notes == ("id_number.invalid",)


def test_fifteen_digits_are_completed():
    assert clean_id_number("110105491231002").value == NUMBER


def test_hash_depends_on_number_and_key_and_is_stable():
    key, other = b"k" * 16, b"o" * 16
    assert hashed(NUMBER, key) == hashed(hashed(NUMBER, key), key)
    assert hashed(NUMBER, key) != hashed(NUMBER, other)
    assert NUMBER not in hashed(NUMBER, key)
    with pytest.raises(ValueError, match="at least 16 bytes"):
        hashed(NUMBER, b"short")


@pytest.mark.parametrize(
    ("raw", "value"), [("310000", "310000"), ("邮编：310000", "310000"), ("000000", None), ("x", None)]
)
def test_postcode(raw, value):
    assert clean_postcode(raw).value == value


@pytest.mark.parametrize(
    ("fields", "verified", "expected"),
    [
        ({}, (), Reachability("none", None, "phone")),
        (
            {"name": "张三", "company": "百度", "title": "经理", "address": "北京"},
            (),
            Reachability("none", None, "phone"),
        ),
        ({"phone_masked": "138****8000"}, (), Reachability("masked", "phone", "phone")),
        ({"phone": "+8613800138000"}, (), Reachability("valid", "phone", "email")),
        ({"phone": "+8613800138000"}, ("phone",), Reachability("verified", "phone", "email")),
        ({"phone": "+8613800138000", "wechat": "abc_123"}, ("wechat",), Reachability("verified", "wechat", "email")),
        ({"phone": "+864001234567"}, (), Reachability("none", None, "phone")),
        ({"email": "a@mailinator.com"}, (), Reachability("none", None, "phone")),
        ({"email": "a@b.cn"}, ("phone",), Reachability("valid", "email", "phone")),
    ],
)
def test_reachability(fields, verified, expected):
    assert reachability(fields, verified) == expected
    assert grade(fields, verified) == expected.grade


def test_a_complete_lead_misses_nothing():
    fields = dict.fromkeys(("name", "title", "company", "address", "wechat", "douyin", "kuaishou"), "x")
    fields |= {"phone": "+8613800138000", "email": "a@b.cn", "qq": "123456"}
    assert reachability(fields).missing is None
