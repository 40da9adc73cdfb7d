"""Addresses in Latin letters: English and pinyin, small to large and large to small."""

import pytest

from processors.cleansing.address import clean_address, parse_address
from processors.cleansing.address_latin import latin_address

# address, province, city, district, detail
ADDRESSES = [
    (
        "Room 1203, No. 88 Jianguo Road, Chaoyang District, Beijing",
        ("北京市", "北京市", "朝阳区"),
        "Room 1203, No. 88 Jianguo Road",
    ),
    ("No.88 Jianguo Rd, Chaoyang, Beijing 100022, P.R. China", ("北京市", "北京市", "朝阳区"), "No.88 Jianguo Rd"),
    ("Pudong New Area, Shanghai", ("上海市", "上海市", "浦东新区"), ""),
    ("1 Nanjing West Road, Jing'an District, Shanghai", ("上海市", "上海市", "静安区"), "1 Nanjing West Road"),
    ("No. 1 Beijing Road, Shanghai", ("上海市", "上海市", ""), "No. 1 Beijing Road"),
    ("Xihu District, Hangzhou City, Zhejiang Province", ("浙江省", "杭州市", "西湖区"), ""),
    ("Wensan Road 1, Xihu Qu, Hangzhou Shi, Zhejiang Sheng", ("浙江省", "杭州市", "西湖区"), "Wensan Road 1"),
    ("Zhejiang Province Hangzhou City Xihu District Wensan Road 5", ("浙江省", "杭州市", "西湖区"), "Wensan Road 5"),
    ("zhejiangsheng hangzhoushi xihuqu", ("浙江省", "杭州市", "西湖区"), ""),
    ("beijing chaoyang", ("北京市", "北京市", "朝阳区"), ""),
    ("Guangdong Shenzhen Nanshan", ("广东省", "深圳市", "南山区"), ""),
    ("Kunshan, Jiangsu, China", ("江苏省", "苏州市", "昆山市"), ""),
    ("Shi Jia Zhuang, He Bei", ("河北省", "石家庄市", ""), ""),
    ("Xi'an, Shaanxi", ("陕西省", "西安市", ""), ""),
    ("Xian, Shanxi", ("陕西省", "西安市", ""), ""),
    ("Taiyuan, Shanxi", ("山西省", "太原市", ""), ""),
    ("Shanxi", ("山西省", "", ""), ""),
    ("Taizhou, Jiangsu", ("江苏省", "泰州市", ""), ""),
    ("Taizhou, Zhejiang", ("浙江省", "台州市", ""), ""),
    ("Inner Mongolia, Hohhot", ("内蒙古自治区", "呼和浩特市", ""), ""),
    ("Nanning, Guangxi Zhuang Autonomous Region", ("广西壮族自治区", "南宁市", ""), ""),
    ("Dali Bai Autonomous Prefecture, Yunnan", ("云南省", "大理白族自治州", ""), ""),
    ("Da'an District, Taipei City", ("台湾省", "台北市", "大安区"), ""),
    ("Wan Chai, Hong Kong", ("香港特别行政区", "香港特别行政区", "湾仔区"), ""),
    ("Macau", ("澳门特别行政区", "澳门特别行政区", ""), ""),
    ("Shanghai", ("上海市", "上海市", ""), ""),
    ("Qingyang District, Chengdu, China", ("四川省", "成都市", "青羊区"), ""),
    ("Lvyuan District, Changchun, Jilin", ("吉林省", "长春市", "绿园区"), ""),
    ("Beidaihe District, Qinhuangdao", ("河北省", "秦皇岛市", "北戴河区"), ""),
    ("Beidaihe New Area, Qinhuangdao", ("河北省", "秦皇岛市", "北戴河新区"), ""),
    ("Baodi District, Tianjin", ("天津市", "天津市", "宝坻区"), ""),
    ("Jiangsu Nanjing Xuanwu District Zhongshan Road No.1", ("江苏省", "南京市", "玄武区"), "Zhongshan Road No.1"),
    (
        "Guangxi Baise City Tianyang District Zhongshan Road No.1",
        ("广西壮族自治区", "百色市", "田阳区"),
        "Zhongshan Road No.1",
    ),
    (
        "Hulunbuir Ewenke Autonomous Banner Xinhua Street 5",
        ("内蒙古自治区", "呼伦贝尔市", "鄂温克族自治旗"),
        "Xinhua Street 5",
    ),
]


@pytest.mark.parametrize(("text", "place", "detail"), ADDRESSES, ids=[row[0] for row in ADDRESSES])
def test_an_address_in_latin_letters(text, place, detail):
    found = parse_address(text)
    assert (found.province, found.city, found.district) == place
    assert (found.detail, found.remainder) == (detail, detail)
    assert found.notes == ("address.latin",)
    assert clean_address(text).value == text


def test_the_code_is_that_of_the_smallest_division():
    assert parse_address("Chaoyang District, Beijing").adcode == "110105"


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("Suzhou", ("320500", "341300")),
        ("Fuzhou", ("350100", "361000")),
        ("Chaoyang District", ("110105", "220104", "440513")),
    ],
)
def test_what_is_spelled_alike_is_ambiguous_and_not_guessed(text, candidates):
    found = parse_address(text)
    assert (found.province, found.city, found.district, found.candidates) == ("", "", "", candidates)
    assert found.notes == ("address.latin", "address.ambiguous")


@pytest.mark.parametrize(
    "text",
    [
        "100 Main Street, Salt Lake City, UT 84101",
        "123 Main St, New York, NY 10001, USA",
        "Anyang, Gyeonggi-do, South Korea",
        "Shanghai Road, Durban",
        "Beijing Hotel",
        "Orange County",
        "Pudong",  # a district's name alone is an everyday word
        "Ali",
        "Shenzhen, Zhejiang",  # contradicts itself
        "test",
        "330106",
    ],
)
def test_what_names_no_division_of_china_for_certain_names_none(text):
    found = parse_address(text)
    assert (found.province, found.detail, found.notes) == ("", text, ("address.unknown",))


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", ["-", "- ", ", ", "  ", " zhuang", "A ", "Nowhere "])
def test_an_overlong_text_costs_no_more_than_its_length(piece):
    assert latin_address(piece * (40_000 // len(piece)) + "!") is None
