import pytest

from processors.cleansing.address import clean_address, parse_address
from processors.cleansing.address_contact import split_contact
from processors.cleansing.address_match import readings
from processors.cleansing.divisions import DISTRICT, divisions, streets_of
from processors.cleansing.gazetteer import names, stem_of

# address, province, city, district, adcode
PLACES = [
    ("浙江省杭州市西湖区文三路1号", "浙江省", "杭州市", "西湖区", "330106"),
    ("浙江杭州西湖区文三路1号", "浙江省", "杭州市", "西湖区", "330106"),
    ("杭州市西湖区文三路1号", "浙江省", "杭州市", "西湖区", "330106"),
    ("浙江省西湖区文三路1号", "浙江省", "杭州市", "西湖区", "330106"),
    ("浙江省,杭州市,西湖区,文三路1号", "浙江省", "杭州市", "西湖区", "330106"),
    ("浙江省 杭州市 西湖区 浙江省 杭州市 西湖区 文三路1号", "浙江省", "杭州市", "西湖区", "330106"),
    ("宁波宁波市鄞州区横街镇", "浙江省", "宁波市", "鄞州区", "330212"),
    ("浙江省丽水市null浙江省丽水市遂昌县遂昌县新路湾镇", "浙江省", "丽水市", "遂昌县", "331123"),
    ("西安碑林友谊东路81号", "陕西省", "西安市", "碑林区", "610103"),
    ("清远清新太和镇", "广东省", "清远市", "清新区", "441803"),
    ("西安碑林路1号", "陕西省", "西安市", "", "610100"),
    # municipalities are their own city
    ("北京市朝阳区建国路88号", "北京市", "北京市", "朝阳区", "110105"),
    ("北京北京市朝阳区建国路88号", "北京市", "北京市", "朝阳区", "110105"),
    ("北京市市辖区东城区王府井", "北京市", "北京市", "东城区", "110101"),
    ("上海浦东张江路1号", "上海市", "上海市", "浦东新区", "310115"),
    ("重庆市县城口县葛城街道", "重庆市", "重庆市", "城口县", "500229"),
    ("天津", "天津市", "天津市", "", "120000"),
    # county-level cities, cities without counties, counties below their province
    ("义乌市福田街道", "浙江省", "金华市", "义乌市", "330782"),
    ("金华义乌市福田街道", "浙江省", "金华市", "义乌市", "330782"),
    ("广东省东莞市长安镇", "广东省", "东莞市", "", "441900"),
    ("湖北省仙桃市干河街道", "湖北省", "", "仙桃市", "429004"),
    ("海南省省直辖县级行政区划白沙黎族自治县牙叉镇", "海南省", "", "白沙黎族自治县", "469025"),
    ("新疆石河子市北二路", "新疆维吾尔自治区", "", "石河子市", "659001"),
    # autonomous regions, prefectures and counties by their short names
    ("内蒙古呼和浩特市新城区", "内蒙古自治区", "呼和浩特市", "新城区", "150102"),
    ("新疆巴音郭楞库尔勒市", "新疆维吾尔自治区", "巴音郭楞蒙古自治州", "库尔勒市", "652801"),
    ("广西桂林恭城县", "广西壮族自治区", "桂林市", "恭城瑶族自治县", "450332"),
    ("内蒙古通辽市科尔沁左翼后旗", "内蒙古自治区", "通辽市", "科尔沁左翼后旗", "150522"),
    ("内蒙古通辽科左中旗保康镇", "内蒙古自治区", "通辽市", "科尔沁左翼中旗", "150521"),
    ("呼伦贝尔莫旗尼尔基镇", "内蒙古自治区", "呼伦贝尔市", "莫力达瓦达斡尔族自治旗", "150722"),
    # names of before
    ("云南普洱县宁洱镇", "云南省", "普洱市", "宁洱哈尼族彝族自治县", "530821"),
    ("云南思茅市翠云区", "云南省", "普洱市", "思茅区", "530802"),
    ("九江市庐山区十里大道", "江西省", "九江市", "濂溪区", "360402"),
    ("重庆万县市五桥", "重庆市", "重庆市", "万州区", "500101"),
    ("重庆市涪陵市", "重庆市", "重庆市", "涪陵区", "500102"),
    ("北京通县", "北京市", "北京市", "通州区", "110112"),
    ("交通县道1号", "", "", "", ""),
    ("襄樊市襄阳区双沟镇", "湖北省", "襄阳市", "襄州区", "420607"),
    ("丽江地区丽江县", "云南省", "丽江市", "丽江县", "530702"),
    ("临沧地区临沧县", "云南省", "临沧市", "临翔区", "530902"),
    ("海南省三沙市西沙区永兴岛", "海南省", "三沙市", "西沙群岛", "460321"),
    # the production corps of Xinjiang, leagues and banners, prefectures that are gone
    ("新疆生产建设兵团第八师石河子市北泉镇", "新疆维吾尔自治区", "", "石河子市", "659001"),
    ("新疆兵团第九师白杨市163团", "新疆维吾尔自治区", "", "白杨市", "659012"),
    ("乌市沙依巴克区友好北路", "新疆维吾尔自治区", "乌鲁木齐市", "沙依巴克区", "650103"),
    ("内蒙古乌兰察布市察右前旗土贵乌拉镇", "内蒙古自治区", "乌兰察布市", "察哈尔右翼前旗", "150926"),
    ("西藏林芝县八一镇", "西藏自治区", "林芝市", "巴宜区", "540402"),
    ("海南省省直辖县级行政单位文昌市文城镇", "海南省", "", "文昌市", "469005"),
    ("台北县板桥市文化路", "台湾省", "新北市", "", "710000"),
    ("台北市大安区和平东路", "台湾省", "台北市", "大安区", "710000"),
    ("高雄县凤山市", "台湾省", "高雄县", "", "710000"),
    # development zones
    ("河北省秦皇岛市经济技术开发区长江道1号", "河北省", "秦皇岛市", "经济技术开发区", "130371"),
    ("四川成都高新区天府大道", "四川省", "成都市", "高新区", "510100"),
    ("四川天府新区华阳街道", "四川省", "成都市", "天府新区", "510100"),
    ("陕西西咸新区沣东新城", "陕西省", "", "", "610000"),
    ("西安曲江新区雁塔南路", "陕西省", "西安市", "曲江新区", "610100"),
    ("武汉东湖高新区光谷大道", "湖北省", "武汉市", "东湖高新区", "420100"),
    ("无锡新区长江路", "江苏省", "无锡市", "新吴区", "320214"),
    ("沈阳浑南新区", "辽宁省", "沈阳市", "浑南区", "210112"),
    ("苏州工业园区星湖街1号", "江苏省", "苏州市", "苏州工业园区", "320576"),
    # Hong Kong, Macau, Taiwan
    ("香港特别行政区湾仔区轩尼诗道1号", "香港特别行政区", "香港特别行政区", "湾仔区", "810002"),
    ("香港中西区皇后大道", "香港特别行政区", "香港特别行政区", "中西区", "810001"),
    ("澳门花地玛堂区", "澳门特别行政区", "澳门特别行政区", "花地玛堂区", "820001"),
    ("台湾省台北市大安区和平东路", "台湾省", "台北市", "大安区", "710000"),
    ("臺北市大安區忠孝東路", "台湾省", "台北市", "大安区", "710000"),
    ("新北市板橋區文化路", "台湾省", "新北市", "板桥区", "710000"),
    ("廣東省廣州市天河區", "广东省", "广州市", "天河区", "440106"),
    ("香港九龍油尖旺區彌敦道100號", "香港特别行政区", "香港特别行政区", "油尖旺区", "810005"),
    ("陝西省咸陽市乾縣", "陕西省", "咸阳市", "乾县", "610424"),
    ("陕西省咸阳市乾县", "陕西省", "咸阳市", "乾县", "610424"),
    ("台湾屏东县屏东市", "台湾省", "", "屏东县", "710000"),
    # roads, estates and markets that are named after places
    ("北海市重庆路11号", "广西壮族自治区", "北海市", "", "450500"),
    ("上海路5号", "", "", "", ""),
    ("南京东路300号", "", "", "", ""),
    ("义乌市场大厦", "", "", "", ""),
    ("瓯北镇双塔路2618号", "", "", "", ""),
    ("宁兴城市花园一幢", "", "", "", ""),
    ("青岛市市南区香港中路18号", "山东省", "青岛市", "市南区", "370202"),
    ("福州市福清市台江公寓", "福建省", "福州市", "福清市", "350181"),
    # one name for a province and a city, a city and a county
    ("青岛市北区敦化路", "山东省", "青岛市", "市北区", "370203"),
    ("济南市中区经四路", "山东省", "济南市", "市中区", "370103"),
    ("台湾台南市南区", "台湾省", "台南市", "南区", "710000"),
    ("河北雄安新区容城县", "河北省", "保定市", "容城县", "130629"),
    ("中山大学", "", "", "", ""),
    ("西安交通大学", "陕西省", "西安市", "", "610100"),
    ("吉林", "吉林省", "", "", "220000"),
    ("吉林吉林", "吉林省", "吉林市", "", "220200"),
    ("吉林吉林船营区", "吉林省", "吉林市", "船营区", "220204"),
    ("吉林吉林大学", "吉林省", "", "", "220000"),
    ("湘潭湘潭", "湖南省", "湘潭市", "", "430300"),
    ("吉林市", "吉林省", "吉林市", "", "220200"),
    ("湖南湘潭市湘潭县", "湖南省", "湘潭市", "湘潭县", "430321"),
    # the second of two contradicting addresses
    ("浙江省宁波市海曙区宁波市镇海区招宝山街道", "浙江省", "宁波市", "镇海区", "330211"),
    ("山东省临沂市临沭县中国浙江省杭州市余杭区龙潭路", "浙江省", "杭州市", "余杭区", "330110"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "province", "city", "district", "adcode"), PLACES, ids=[row[0] for row in PLACES])
def test_divisions(text, province, city, district, adcode):
    found = parse_address(text)
    assert (found.province, found.city, found.district, found.adcode) == (province, city, district, adcode)


# address, present place, rule, date
CHANGES = [
    ("湖北省襄樊市小水街222号", ("湖北省", "襄阳市", ""), "address.renamed", "2010-12-09"),
    ("山东省莱芜市", ("山东省", "济南市", "莱芜区"), "address.moved", "2018-12-26"),
    ("四平市公主岭市", ("吉林省", "长春市", "公主岭市"), "address.moved", "2020-06-05"),
    ("云南省中甸县建塘镇", ("云南省", "迪庆藏族自治州", "香格里拉市"), "address.renamed", "2001-12-17"),
    ("柳州地区忻城县", ("广西壮族自治区", "来宾市", "忻城县"), "address.moved", ""),
    ("成都市郫县安靖", ("四川省", "成都市", "郫都区"), "address.renamed", "2016-11-24"),
    ("巢湖市庐江县", ("安徽省", "合肥市", "庐江县"), "address.moved", "2011-07-14"),
    ("毕节地区毕节市", ("贵州省", "毕节市", "七星关区"), "address.renamed", "2011-10-22"),
]


@pytest.mark.parametrize(("text", "place", "rule", "date"), CHANGES, ids=[row[0] for row in CHANGES])
def test_what_was_only_renamed_or_moved_appears_as_it_is_today(text, place, rule, date):
    found = parse_address(text)
    assert (found.province, found.city, found.district) == place
    assert rule in found.notes
    assert found.changed_on == date


MERGERS = [
    ("杭州市江干区凯旋路", "江干区", ("330102", "330114"), "2021-04-09"),
    ("杭州市下城区", "下城区", ("330105",), "2021-04-09"),
    ("宁波市江东区", "江东区", ("330212",), "2016-09-14"),
    ("上海市闸北区", "闸北区", ("310106",), "2015-10-13"),
    ("北京市宣武区", "宣武区", ("110102",), "2010-06-28"),
]


@pytest.mark.parametrize(("text", "district", "successors", "date"), MERGERS, ids=[row[0] for row in MERGERS])
def test_what_was_merged_or_split_keeps_its_name_and_tells_its_successors(text, district, successors, date):
    found = parse_address(text)
    assert found.district == district
    assert found.successors == successors
    assert found.changed_on == date
    assert "address.succeeded" in found.notes


def test_ambiguity_is_said_and_not_guessed():
    found = parse_address("鼓楼区中山路1号")
    assert (found.province, found.city, found.district, found.adcode) == ("", "", "鼓楼区", "")
    assert found.candidates == ("320106", "320302", "350102", "410204")
    assert "address.ambiguous" in found.notes


@pytest.mark.parametrize(
    ("text", "district", "detail", "candidates"),
    [
        ("城关区", "城关区", "", ("540102", "620102")),
        ("城关区人民路1号", "城关区", "人民路1号", ("540102", "620102")),
        ("市中区", "市中区", "", ("370103", "370402", "511002", "511102")),
        ("城中区", "城中区", "", ("450202", "630103")),
        ("東區", "东区", "", ("510402", "710000", "810003")),
    ],
)
def test_a_name_that_stands_only_behind_its_city_is_ambiguous_alone(text, district, detail, candidates):
    found = parse_address(text)
    assert (found.province, found.city, found.district, found.adcode) == ("", "", district, "")
    assert (found.detail, found.candidates, found.notes) == (detail, candidates, ("address.ambiguous",))


@pytest.mark.parametrize(
    ("text", "city", "adcode", "candidates"),
    [
        ("福田", "深圳市", "440304", ()),
        ("南海", "佛山市", "440605", ()),
        ("南山", "", "", ("230404", "440305")),
        ("长宁", "", "", ("310105", "511524")),  # a district of Shanghai and a county of Yibin
        ("和谐", "", "", ()),
    ],
)
def test_a_district_may_stand_alone_without_its_rank(text, city, adcode, candidates):
    found = parse_address(text)
    assert (found.city, found.adcode, found.candidates) == (city, adcode, candidates)


@pytest.mark.parametrize(
    ("text", "city", "candidates"),
    [
        ("朝阳建国路88号", "", ("110105", "211300", "220104")),
        ("朝阳建外街道", "北京市", ()),
        ("朝阳市双塔区", "朝阳市", ()),
        ("朝阳双塔区", "朝阳市", ()),
        ("辽宁朝阳", "朝阳市", ()),
        ("西安雁塔路", "西安市", ()),  # Liaoyuan and Mudanjiang have a district of that name: nobody means it
    ],
)
def test_a_bare_name_of_a_city_that_a_district_of_beijing_has_too_is_ambiguous(text, city, candidates):
    found = parse_address(text)
    assert (found.city, found.candidates) == (city, candidates)


@pytest.mark.parametrize("text", ["浦东世纪大道100号", "浦东世博园"])
def test_pudong_before_its_own_names(text):
    assert parse_address(text).adcode == "310115"


def test_the_street_behind_such_a_name_settles_it():
    found = parse_address("城关区雁南街道天庆大道1号")
    assert (found.city, found.district, found.street) == ("兰州市", "城关区", "雁南街道")
    assert found.notes == ("address.completed", "address.by_street")


@pytest.mark.parametrize("text", ["东区3栋201", "西区大门", "矿区", "北关区人民路", "城关镇"])
def test_a_mere_kind_or_point_of_the_compass_names_no_county(text):
    found = parse_address(text)
    assert (found.district, found.candidates, found.notes) == ("", (), ("address.unknown",))


@pytest.mark.parametrize(
    ("text", "province", "district", "remainder"),
    [
        ("九龙观塘道1号", "香港特别行政区", "观塘区", "九龙观塘道1号"),
        ("九龍尖沙咀彌敦道1號", "香港特别行政区", "油尖旺区", "九龙尖沙咀弥敦道1号"),
        ("九龙宏照道38号", "香港特别行政区", "", "九龙宏照道38号"),
        ("九龙塘", "香港特别行政区", "九龙城区", "九龙塘"),
        ("九龙", "香港特别行政区", "", "九龙"),
        ("新界沙田区沙田正街18号", "香港特别行政区", "沙田区", "沙田正街18号"),
        ("新界大埔", "香港特别行政区", "大埔区", ""),
        ("港岛中环德辅道", "香港特别行政区", "中西区", "港岛中环德辅道"),
        ("港岛东区", "香港特别行政区", "东区", ""),
        ("氹仔大连街", "澳门特别行政区", "", "氹仔大连街"),
        ("路環石排灣馬路", "澳门特别行政区", "", "路环石排湾马路"),
        ("旺角西洋菜街1号", "香港特别行政区", "油尖旺区", "旺角西洋菜街1号"),
        ("尖沙咀弥敦道100号", "香港特别行政区", "油尖旺区", "尖沙咀弥敦道100号"),
    ],
)
def test_areas_of_hong_kong_and_macau_stand_for_them(text, province, district, remainder):
    found = parse_address(text)
    assert (found.province, found.city, found.district, found.remainder) == (province, province, district, remainder)
    assert found.notes == ("address.completed",)


@pytest.mark.parametrize(
    "text",
    [
        "九龙大道5号",
        "九龙路1号",
        "九龙镇",
        "九龙仓国金中心",
        "九龙湖街道",
        "新界泵业",
        "新界村8号",
        "路环城东路5号",
        "路环保大楼",
        "氹仔村",
        "铜锣湾广场",
        "旺角大厦",
        "尖沙咀茶餐厅",
    ],
)
def test_places_of_the_mainland_that_are_called_alike_are_not(text):
    assert parse_address(text).province == ""


@pytest.mark.parametrize(
    ("text", "district", "remainder"),
    [
        ("香港铜锣湾轩尼诗道1号", "湾仔区", "铜锣湾轩尼诗道1号"),
        ("香港新界将军澳", "西贡区", "新界将军澳"),
        ("香港北角英皇道", "东区", "北角英皇道"),
        ("香港大嶼山", "离岛区", "大嶼山"),
        ("香港仔湖北街", "南区", "香港仔湖北街"),
        ("香港九龙", "", "九龙"),
    ],
)
def test_the_quarters_of_hong_kong_tell_their_district(text, district, remainder):
    found = parse_address(text)
    assert (found.city, found.district, found.remainder) == ("香港特别行政区", district, remainder)
    assert (found.adcode != "810000") == bool(district)


# address, city, district
NEW_AREAS = [
    ("南昌红谷滩新区", "南昌市", "红谷滩区"),
    ("昆明呈贡新区", "昆明市", "呈贡区"),
    ("南京江北新区", "南京市", "江北新区"),
    ("郑东新区商务外环路1号", "郑州市", "郑东新区"),
    ("横琴新区环岛东路", "珠海市", ""),
    ("福州新区", "福州市", "福州新区"),
    ("苏州新区狮山路", "苏州市", ""),
    ("苏州园区金鸡湖", "苏州市", "苏州工业园区"),
    ("无锡市新区长江路", "无锡市", "新吴区"),
    ("合肥市高新区", "合肥市", "合肥高新技术产业开发区"),
    ("长春经开区", "长春市", "长春经济技术开发区"),
    ("长春净月开发区", "长春市", "长春净月高新技术产业开发区"),
    ("潍坊滨海开发区", "潍坊市", "潍坊滨海经济技术开发区"),
]


@pytest.mark.parametrize(("text", "city", "district"), NEW_AREAS, ids=[row[0] for row in NEW_AREAS])
def test_new_areas_and_zones_by_the_names_that_people_use(text, city, district):
    found = parse_address(text)
    assert (found.city, found.district) == (city, district)
    assert "address.ambiguous" not in found.notes


@pytest.mark.parametrize(
    ("text", "place", "remainder"),
    [
        ("广东省杭州市", ("广东省", "", ""), "杭州市"),
        ("北京市南山区", ("北京市", "北京市", ""), "南山区"),
        ("北京市浦东新区", ("北京市", "北京市", ""), "浦东新区"),
        ("浙江省金华市义乌市浦江县江滨东路", ("浙江省", "金华市", "义乌市"), "浦江县江滨东路"),
    ],
)
def test_levels_that_contradict_each_other_are_said_and_not_guessed(text, place, remainder):
    found = parse_address(text)
    assert (found.province, found.city, found.district, found.remainder) == (*place, remainder)
    assert "address.contradicted" in found.notes


@pytest.mark.parametrize(
    ("text", "province", "remainder"),
    [
        ("中国浙江杭州文三路", "浙江省", "文三路"),
        ("我在浙江杭州", "浙江省", ""),
        ("现住浙江省杭州市文三路", "浙江省", "文三路"),
        ("寄：浙江省杭州市文三路", "浙江省", "文三路"),
        ("中国银行大厦", "", "中国银行大厦"),
        ("居住证办理点", "", "居住证办理点"),
    ],
)
def test_words_before_the_province_are_no_part_of_the_address(text, province, remainder):
    found = parse_address(text)
    assert (found.province, found.remainder) == (province, remainder)


# address, street, detail
TAILS = [
    ("内蒙古自治区赤峰市松山区内蒙古赤峰市松山区水榭花都", "", "水榭花都"),
    ("北京北京市朝阳区北京北京市朝阳区呼家楼街道东三环", "呼家楼街道", "东三环"),
    ("深圳市龙华区大浪街道广东省深圳市龙华区大浪街道办羊台山庄", "大浪街道", "羊台山庄"),
    ("杭州市西湖区西湖区人民法院", "", "人民法院"),
    ("霍州市退沙办退沙村", "退沙街道", "退沙村"),
    ("南宁市西乡塘区新阳街道办北际南路4号", "新阳街道", "北际南路4号"),
    ("东莞市南城区鸿福路", "南城街道", "鸿福路"),
    ("中山市石岐区大信", "石岐街道", "大信"),
    ("珠海市香洲区拱北区拱北街道拱北口岸", "", "拱北区拱北街道拱北口岸"),
    ("柳市镇长江路1号", "柳市镇", "长江路1号"),
    ("深圳市宝安区【沛绅汇】宝城82区，", "", "【沛绅汇】宝城82区"),
    ("武汉市民主路1号", "", "民主路1号"),
]


@pytest.mark.parametrize(("text", "street", "detail"), TAILS, ids=[row[0] for row in TAILS])
def test_what_follows_the_divisions(text, street, detail):
    found = parse_address(text)
    assert (found.street, found.detail) == (street, detail)


def test_a_county_that_the_table_knows_under_two_former_codes_is_one():
    found = parse_address("安徽省芜湖市无为县大家剧场")
    assert (found.district, found.notes) == ("无为市", ("address.renamed",))


def test_counties_called_like_an_area_of_hong_kong():
    assert parse_address("九龙县").province == "四川省"
    assert parse_address("九龙坡区石桥铺").province == "重庆市"
    assert parse_address("甘孜九龙").district == "九龙县"


def test_what_the_candidates_share_is_certain():
    found = parse_address("桥西区中山路1号")
    assert found.province == "河北省"
    assert found.city == ""


def test_a_street_settles_the_ambiguity():
    found = parse_address("鼓楼区华大街道营迹路")
    assert (found.city, found.street) == ("福州市", "华大街道")
    assert "address.by_street" in found.notes


def test_street_zone_and_detail():
    found = parse_address("浙江省杭州市余杭区五常街道文一西路969号")
    assert (found.street, found.detail, found.remainder) == ("五常街道", "文一西路969号", "五常街道文一西路969号")
    found = parse_address("武汉市东西湖区吴家山街道二雅路10号")  # the list of streets has 吴家山街
    assert (found.street, found.detail) == ("吴家山街道", "二雅路10号")
    found = parse_address("南宁市青秀区仙葫经济开发区开泰路148号")
    assert (found.zone, found.detail) == ("仙葫经济开发区", "开泰路148号")


@pytest.mark.parametrize(
    ("text", "address", "name", "phone"),
    [
        ("张三 13800138000 浙江省杭州市西湖区文三路1号", "浙江省杭州市西湖区文三路1号", "张三", "13800138000"),
        ("浙江省杭州市西湖区文三路1号，13800138000，张三", "浙江省杭州市西湖区文三路1号", "张三", "13800138000"),
        ("广东省珠海市香洲区盘山路28号1栋 李四先生", "广东省珠海市香洲区盘山路28号1栋", "李四先生", ""),
        ("收货人：张三 手机号码：13800138000 详细地址：文三路1号", "文三路1号", "张三", "13800138000"),
        ("文三路1号 0571-88889999", "文三路1号", "", "0571-88889999"),
        ("13800138000", "", "", "13800138000"),
        ("文三路1号501室张三13800138000", "文三路1号501室", "张三", "13800138000"),
        ("文三路1号501室张三（收）13800138000", "文三路1号501室", "张三", "13800138000"),
        ("文三路1号小李13800138000", "文三路1号", "小李", "13800138000"),
        ("文三路1号张三（13800138000）", "文三路1号", "张三", "13800138000"),
        ("13800138000张三浙江省杭州市文三路1号", "浙江省杭州市文三路1号", "张三", "13800138000"),
        ("13800138000安徽合肥长江路1号", "安徽合肥长江路1号", "", "13800138000"),
        ("6单元1202姜格格收", "6单元1202", "姜格格", ""),
        ("星河雅居B-2602张先生收", "星河雅居B-2602", "张先生", ""),
        ("文三路1号 张三 收", "文三路1号", "张三", ""),
        ("文三路1号 物业代收", "文三路1号 物业代收", "", ""),
        ("文三路1号（张三收）13800138000", "文三路1号", "张三", "13800138000"),
        ("文三路1号（物业代收）13800138000", "文三路1号（物业代收）", "", "13800138000"),
        ("文三路1号 张三（先生） 手机13800138000", "文三路1号", "张三先生", "13800138000"),
        ("张三[8765] 17012345678转8765 文三路1号[8765]", "文三路1号", "张三", "17012345678转8765"),
        ("张三 17012345678-8765 文三路1号", "文三路1号", "张三", "17012345678-8765"),
        ("文三路1号 13800138000-801室", "文三路1号 801室", "", "13800138000"),
        ("电话13800138000，姓名张三，地址浙江省杭州市文三路1号", "浙江省杭州市文三路1号", "张三", "13800138000"),
        ("文三路1号王府井百货13800138000", "文三路1号王府井百货", "", "13800138000"),
        ("文三路1号陈家村13800138000", "文三路1号陈家村", "", "13800138000"),
        ("文三路1号501室张三", "文三路1号501室张三", "", ""),
        ("【收件人】张三【电话】13800138000【地址】文三路1号", "文三路1号", "张三", "13800138000"),
        ("浙江省 杭州市 西湖区 文三路1号", "浙江省 杭州市 西湖区 文三路1号", "", ""),
        ("文三路1号，刘兰琴，电話13800138000", "文三路1号", "刘兰琴", "13800138000"),
        ("收貨人:張三 手機:13800138000 地址:文三路1號", "文三路1號", "張三", "13800138000"),
        ("文三路1号，0571-88889999.曹建林", "文三路1号", "曹建林", "0571-88889999"),
        (
            "韩仁,13800138000,安徽省太湖县新仓镇，塔山村，前进组",
            "安徽省太湖县新仓镇 塔山村 前进组",
            "韩仁",
            "13800138000",
        ),
        (
            "北京 北京市 顺义区 胜利街道1号 李俊南 13800138000",
            "北京 北京市 顺义区 胜利街道1号",
            "李俊南",
            "13800138000",
        ),
        ("200801000001，张三，13800138000，济源市沁园街道1号", "济源市沁园街道1号", "张三", "13800138000"),
        ("王五 女士 0571-88889999 杭州文三路1号", "杭州文三路1号", "王五女士", "0571-88889999"),
        ("文三路1号(张三 13800138000)", "文三路1号", "张三", "13800138000"),
        ("文三路1号（物业 13800138000）", "文三路1号 物业", "", "13800138000"),
        ("文三路1号 菜鸟驿站 13800138000", "文三路1号 菜鸟驿站", "", "13800138000"),
        ("文三路11栋10单元 13800138000", "文三路11栋10单元", "", "13800138000"),
        ("文三路37号商铺13800138000", "文三路37号商铺", "", "13800138000"),
        ("阳光小区李四13800138000", "阳光小区", "李四", "13800138000"),
        ("马屿镇江浦工业区 13800138000", "马屿镇江浦工业区", "", "13800138000"),
        ("陆家镇江苏省苏州市陆家镇东景苑 13800138000", "陆家镇江苏省苏州市陆家镇东景苑", "", "13800138000"),
        ("柯桥金昌商务大厦 13800138000", "柯桥金昌商务大厦", "", "13800138000"),
        ("张三镇江市长江路1号13800138000", "镇江市长江路1号", "张三", "13800138000"),
        ("文三路2栋180213800138000", "文三路2栋1802", "", "13800138000"),
        ("文三路2-180213800138000张三", "文三路2-1802", "张三", "13800138000"),
        ("文三路2栋180213813800138000", "文三路2栋180213813800138000", "", ""),
        ("文三路1号 张三 0571-88886666转801", "文三路1号", "张三", "0571-88886666转801"),
        ("文三路1号 张三 0571 88886666", "文三路1号", "张三", "0571 88886666"),
        ("文三路1号 （张三 收） 13800138000", "文三路1号", "张三", "13800138000"),
        ("文三路1号18楼张三丰先生13800138000", "文三路1号18楼", "张三丰先生", "13800138000"),
        ("文三路1号-张三-13800138000", "文三路1号", "张三", "13800138000"),
        ("张三_13800138000_文三路1号", "文三路1号", "张三", "13800138000"),
        ("张三-文三路1-2号-13800138000", "文三路1-2号", "张三", "13800138000"),
        ("文三路1-2号 13800138000", "文三路1-2号", "", "13800138000"),
        ("【张三】13800138000 文三路1号", "文三路1号", "张三", "13800138000"),
        ("文三路1号【东门】 13800138000", "文三路1号【东门】", "", "13800138000"),
        ("文三路1号计算机学院(分院)13800138000", "文三路1号计算机学院(分院)", "", "13800138000"),
        ("文三路1号红星手机店 张三 13800138000", "文三路1号红星手机店", "张三", "13800138000"),
        ("文三路463号电联徐国13800138000", "文三路463号", "徐国", "13800138000"),
        ("文三路1号 王栋 13800138000", "文三路1号", "王栋", "13800138000"),
        ("文三路1号 东栋 13800138000", "文三路1号 东栋", "", "13800138000"),
        ("文三路1号 李俊启 13800138000", "文三路1号", "李俊启", "13800138000"),
        ("文三路1号 李俊 启 13800138000", "文三路1号", "李俊", "13800138000"),
        ("收货地址张三收货地址：文三路1号 13800138000", "文三路1号", "张三", "13800138000"),
    ],
)
def test_name_and_phone_are_taken_out(text, address, name, phone):
    found = split_contact(text)
    assert (found.address, found.name, found.phone) == (address, name, phone)


@pytest.mark.parametrize(
    ("text", "address", "name", "postcode"),
    [
        ("北京市海淀区中关村大街1号 邮编:100080", "北京市海淀区中关村大街1号", "", "100080"),
        ("邮编100080 北京市海淀区中关村大街1号", "北京市海淀区中关村大街1号", "", "100080"),
        ("北京市海淀区中关村大街1号 张三收 13800138000", "北京市海淀区中关村大街1号", "张三", ""),
        ("北京市海淀区中关村大街1号 张三(收) 13800138000", "北京市海淀区中关村大街1号", "张三", ""),
        ("北京市海淀区中关村大街1号 王丰收 13800138000", "北京市海淀区中关村大街1号", "王丰收", ""),
    ],
)
def test_postcode_and_receiver_are_taken_out(text, address, name, postcode):
    contact = split_contact(text)
    assert (contact.address, contact.name, contact.postcode) == (address, name, postcode)
    assert clean_address(text).value == address


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("地址：浙江省杭州市西湖区文三路1号", "浙江省杭州市西湖区文三路1号"),
        ("【收货地址】文三路1号", "文三路1号"),
        ("寄：文三路1号", "文三路1号"),
        ("收货信息：文三路1号", "文三路1号"),
        ("所在地区：浙江省杭州市西湖区 详细地址：文三路1号", "浙江省杭州市西湖区 文三路1号"),
        ("Address: No. 1 Wensan Road, Hangzhou", "No. 1 Wensan Road, Hangzhou"),
        ("地址：", None),
        ("浙江省杭州市西湖区文三路1号。", "浙江省杭州市西湖区文三路1号"),
        ("旧址公寓1号", "旧址公寓1号"),
    ],
)
def test_the_label_of_a_field_is_no_part_of_an_address(text, value):
    cleaned = clean_address(text)
    assert (cleaned.value, "contact" in cleaned.details) == (value, False)
    assert ("address.normal" in cleaned.notes) == (text != value)


@pytest.mark.parametrize(
    ("text", "postcode"),
    [
        ("310012 浙江省杭州市西湖区文三路1号", "310012"),
        ("浙江省杭州市西湖区文三路1号，310012", "310012"),
        ("浙江省杭州市西湖区文三路1号310012", ""),
    ],
)
def test_a_postcode_at_an_end_is_no_part_of_an_address(text, postcode):
    contact = split_contact(text)
    assert (contact.postcode, contact.name) == (postcode, "")
    assert postcode == "" or contact.address == "浙江省杭州市西湖区文三路1号"


@pytest.mark.parametrize("shop", ["麦当劳", "华莱士", "必胜客", "沙县小吃", "万科"])
def test_a_shop_between_address_and_number_is_nobody(shop):
    assert split_contact(f"浙江省杭州市西湖区文三路1号 {shop} 13800138000") == (
        f"浙江省杭州市西湖区文三路1号 {shop}",
        "",
        "13800138000",
        "",
        "",
    )


@pytest.mark.parametrize(
    ("text", "address", "name", "number"),
    [
        ("文三路1号 张三 13800138000 110101199003070011", "文三路1号", "张三", "110101199003070011"),
        (
            "身份证号：11010119900307001x 张三 文三路1号 13800138000",
            "文三路1号",
            "张三",
            "",
        ),  # its check character is wrong
        ("张三 文三路1号 13800138000 110101199003070012", "文三路1号", "张三", ""),  # an order, perhaps
        ("文三路1号 身份证110101199003070011", "文三路1号", "", "110101199003070011"),
    ],
)
def test_an_identity_number_is_no_part_of_an_address(text, address, name, number):
    contact = split_contact(text)
    assert (contact.address, contact.name, contact.id_number) == (address, name, number)
    assert clean_address(text).value == address


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("文三路18号街87号电联", "文三路18号街87号"),
        ("文三路1号（派送前请提前电话联系）", "文三路1号"),
        ("文三路1号烧麦店提前致电", "文三路1号烧麦店"),
        ("文三路1号，货到请打电话 谢谢！", "文三路1号"),
        ("文三路1号 须本人签收", "文三路1号"),
        ("文三路1号null", "文三路1号"),
        ("文三路1号Bnull", "文三路1号B"),
        ("Wensan Road 1 Nonnull", "Wensan Road 1 Nonnull"),
        ("文三路1号 电联 张三 13800138000", "文三路1号"),
        ("文三路1号中国联通", "文三路1号中国联通"),
        ("文三路1号电信大楼", "文三路1号电信大楼"),
        ("文三路1号东门", "文三路1号东门"),
    ],
)
def test_what_is_said_to_the_courier_is_no_part_of_an_address(text, value):
    cleaned = clean_address(text)
    assert cleaned.value == value
    assert ("address.remark" in cleaned.notes) == (value != text and "张三" not in text)
    assert clean_address(text, off=frozenset({"address.remark", "address.contact"})).value == text


def test_a_postcode_of_noughts_is_none():
    assert split_contact("张三，13800138000，文三路1号，000000")[:4] == ("文三路1号", "张三", "13800138000", "")


def test_the_contact_stays_where_that_rule_is_off():
    raw = "张三 13800138000 浙江省杭州市西湖区文三路1号"
    assert clean_address(raw).value == "浙江省杭州市西湖区文三路1号"
    assert clean_address(raw, off=frozenset({"address.contact"})).value == raw


def test_every_change_leads_to_divisions_of_today():
    known = divisions()
    for division in known.values():
        for code in division.now:
            assert not known[code].now, f"{division.name} leads to {known[code].name}, which is gone too"


def _full_path(division):
    known = divisions()
    city = known[division.city].name if division.city else ""
    return known[division.province].name + ("" if city == known[division.province].name else city) + division.name


def test_every_county_is_found_by_its_full_path():
    counties = [division for division in divisions().values() if division.level == DISTRICT and not division.now]
    missed = []
    for division in counties:
        found = parse_address(_full_path(division) + "人民路1号")
        if (found.adcode, found.remainder) != (division.adcode, "人民路1号"):
            missed.append((_full_path(division), found.adcode, found.remainder))
    assert len(counties) > 3_000
    assert missed == []


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("恭城瑶族自治县", "恭城"),
        ("积石山保安族东乡族撒拉族自治县", "积石山"),
        ("东乡族自治县", "东乡"),
        ("鄂温克族自治旗", "鄂温克"),
        ("沙县区", "沙县"),
        ("陕县", "陕县"),
        ("新疆维吾尔自治区", "新疆"),
        ("神农架林区", "神农架"),
    ],
)
def test_stem(name, stem):
    assert stem_of(name) == stem


def test_no_division_and_no_street_has_a_digit_in_its_name() -> None:
    """What `readings` rests on: it reads addresses that differ in digits alone once."""
    written = {name.text for found in names().values() for name in found}
    written |= {street for code in divisions() for street in streets_of(code)}
    assert not [text for text in written if any(char.isascii() and char.isdigit() for char in text)]


def test_which_digits_stand_in_an_address_does_not_matter_to_its_divisions() -> None:
    one, other = readings("杭州市西湖区文三路138号9幢"), readings("杭州市西湖区文三路975号2幢")
    assert one == other
    assert [state.division.name for state in one] == ["西湖区"]
    assert parse_address("杭州市西湖区文三路975号2幢").detail == "文三路975号2幢"
