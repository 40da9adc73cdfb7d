"""The rules of cleansing by name: what each does, and which can be switched off."""

from typing import NamedTuple


class RuleText(NamedTuple):
    """What a rule does, in English and Chinese. `optional` rules can be switched off in the rule book."""

    en: str
    zh: str
    optional: bool = False


RULES: dict[str, RuleText] = {
    "text.invisible": RuleText(
        "Characters that print as nothing removed, line ends unified", "去除不可见字符，统一换行"
    ),
    "text.width": RuleText("Full-width and compatibility characters made plain (NFKC)", "全角与兼容字符规范化（NFKC）"),
    "text.spaces": RuleText("Superfluous blanks removed", "去除多余空格"),
    "text.length": RuleText("Cut at the longest length allowed", "超长截断"),
    "text.placeholder": RuleText(
        "A word that says “nothing” (无, n/a) counts as empty", "占位词（无、n/a）视为空", True
    ),
    "record.misplaced": RuleText(
        "A contact in another field's place (a number as a name, swapped columns) put where it belongs",
        "内容填错栏位（姓名栏填号码、两栏颠倒）：归入所属栏位",
        True,
    ),
    "email.normal": RuleText("Brought to lower case, label and blanks removed", "统一为小写，去除标签与空格"),
    "email.idn": RuleText("International domain written in ASCII", "国际化域名转为 ASCII"),
    "email.several": RuleText("Several addresses in one field; the first counts", "同一字段多个邮箱，取第一个"),
    "email.typo": RuleText(
        "Likely typo of a well-known domain: a correction is proposed, not applied",
        "疑似常见域名拼写错误：仅建议",
        True,
    ),
    "email.disposable": RuleText("Mailbox of a disposable provider, marked", "一次性邮箱，已标记", True),
    "email.role": RuleText("Mailbox of an office, not of a person, marked", "公共邮箱（非个人），已标记", True),
    "email.masked": RuleText("Part of the address is hidden: nobody's mailbox", "邮箱部分脱敏，不可用"),
    "email.invalid": RuleText("No e-mail address", "不是邮箱"),
    "phone.e164": RuleText("Brought to E.164", "转为 E.164"),
    "phone.chinese_digits": RuleText("Chinese digits read (一三八…)", "识别中文数字（一三八…）"),
    "phone.extension": RuleText("Extension taken off (转, 分机, ext)", "拆出分机号（转、分机、ext）"),
    "phone.several": RuleText(
        "Several numbers in one field; the first mobile counts", "同一字段多个号码，优先第一个手机号"
    ),
    "phone.wechat_same": RuleText("The number is also the WeChat id (微信同号)", "微信同号", True),
    "phone.masked": RuleText("Masked: kept as the set of possible numbers", "脱敏号码：保留为可能号码的集合", True),
    "phone.service": RuleText("Short number of a service desk: reaches no person", "服务短号：无法联系到个人"),
    "phone.area_code": RuleText(
        "Landline without area code: completed if the field names one or one is set, else unusable",
        "固话缺区号：同一字段写有区号或已配置则补全，否则不可用",
    ),
    "phone.gone": RuleText(
        "The field says that nobody can be reached there (空号, 停机, 旧号): not taken",
        "注明空号、停机、停用或旧号：不采用",
        True,
    ),
    "phone.rounded": RuleText(
        "What a spreadsheet left of a number (1.38E+10): nobody's, not taken",
        "表格截断的号码（1.38E+10）：不采用",
        True,
    ),
    "phone.channels": RuleText("WeChat, QQ and e-mail beside the number taken out", "拆出号码旁的微信、QQ、邮箱", True),
    "phone.invalid": RuleText("No valid number", "号码无效"),
    "date.normal": RuleText("Brought to YYYY-MM-DD", "转为 YYYY-MM-DD"),
    "date.era": RuleText("Year of the Republic (民国) converted", "民国纪年换算", True),
    "date.serial": RuleText(
        "A spreadsheet's number of a day (32874) read as a date", "表格日期序列号（32874）转为日期", True
    ),
    "date.ambiguous": RuleText("Can be read in two ways; not guessed", "有两种读法，不猜测"),
    "date.partial": RuleText("A part of the date is missing", "日期不完整"),
    "date.lunar": RuleText("Lunar calendar; not converted", "农历日期，不换算"),
    "date.invalid": RuleText("No date", "不是日期"),
    "birth_date.implausible": RuleText(
        "Birth date before 1900 or after the event: not taken", "出生日期早于 1900 年或晚于事件时间：不采用"
    ),
    "address.normal": RuleText("Label removed", "去除标签"),
    "address.contact": RuleText(
        "Name, phone, postcode or identity number taken out of the address",
        "从地址中拆出姓名、电话、邮编或身份证号",
        True,
    ),
    "address.remark": RuleText("What is said to the courier taken off", "去掉给快递员的备注", True),
    "address.location": RuleText("Coordinates taken out of the address", "从地址中拆出坐标", True),
    "address.completed": RuleText("Missing province or city added, where certain", "补全确定的省市"),
    "address.renamed": RuleText("Division under its present name", "行政区划已更名，采用现名"),
    "address.moved": RuleText("Division lies elsewhere than written, or moved", "行政区划隶属已变更或与书写不符"),
    "address.succeeded": RuleText(
        "Division was merged or split; name kept, successors told", "行政区划已合并或拆分，保留原名并给出现区划"
    ),
    "address.ambiguous": RuleText("The name exists in several places; not guessed", "重名（如鼓楼区），不猜测"),
    "address.by_street": RuleText("Ambiguity settled by the street", "由街道消除歧义"),
    "address.zone": RuleText("Development zone stands for the district", "开发区作为区县"),
    "address.contradicted": RuleText(
        "What follows lies elsewhere (广东省杭州市): not taken, not guessed",
        "其后的行政区划不在其内（广东省杭州市）：不采用、不猜测",
    ),
    "address.latin": RuleText("Written in Latin letters (Chaoyang District, Beijing): read", "识别英文、拼音地址"),
    "address.unknown": RuleText("No division found", "未识别出行政区划"),
    "name.normal": RuleText("Blanks, dots and capitals unified", "统一空格、间隔号与大小写"),
    "name.honorific": RuleText("Form of address split off (先生, 总, 老师)", "拆出称谓（先生、总、老师）", True),
    "name.remark": RuleText("Remark behind the name split off", "拆出姓名后的备注", True),
    "name.phone": RuleText("Phone number beside the name split off", "拆出姓名旁的电话", True),
    "name.channels": RuleText("WeChat, QQ and e-mail beside the name split off", "拆出姓名旁的微信、QQ、邮箱", True),
    "name.birth_date": RuleText(
        "Birth date in brackets beside the name split off (1990.1.2)", "拆出姓名旁括号中的生日（1990.1.2）", True
    ),
    "name.symbols": RuleText("Symbols and trailing digits removed", "去除符号与尾部数字", True),
    "name.order": RuleText("“Surname, given” turned round", "“姓, 名”调整语序"),
    "name.firm": RuleText("Company beside the name split off (万科 张总)", "拆出姓名旁的公司（万科 张总）", True),
    "name.of_another": RuleText(
        "Whoever belongs to somebody named (王总助理) is not that person", "“王总助理”指他人，不当作王总", True
    ),
    "name.masked": RuleText("Part of the name is hidden", "姓名部分脱敏"),
    "name.invalid": RuleText("No name of a person", "不是人名"),
    "company.normal": RuleText("Label and blanks removed", "去除标签与空格"),
    "company.brackets": RuleText("One kind of brackets", "统一括号"),
    "company.branch": RuleText("Branch recognised", "识别分支机构", True),
    "company.short_name": RuleText("Known short name: the company behind it is told", "常见简称：给出对应公司", True),
    "company.phone": RuleText("Phone number beside the name split off", "拆出公司名旁的电话号码", True),
    "company.channels": RuleText(
        "WeChat, QQ and e-mail beside the name split off", "拆出公司名旁的微信、QQ、邮箱", True
    ),
    "company.remark": RuleText(
        "Former name, state or person behind the name split off (原…, 已注销)", "拆出公司名后的原名、状态或联系人", True
    ),
    "company.invalid": RuleText("No company", "不是公司"),
    "title.normal": RuleText("Label removed", "去除标签"),
    "wechat.normal": RuleText("WeChat id alone, lower case", "仅保留微信号，小写"),
    "wechat.same_as_phone": RuleText("The field says that the WeChat id is the phone number", "注明微信同手机号"),
    "wechat.invalid": RuleText("No WeChat id", "不是微信号", True),
    "qq.normal": RuleText("QQ number alone", "仅保留 QQ 号"),
    "qq.invalid": RuleText("No QQ number", "不是 QQ 号", True),
    "douyin.normal": RuleText("Douyin id alone, lower case", "仅保留抖音号，小写"),
    "douyin.invalid": RuleText("No Douyin id", "不是抖音号", True),
    "kuaishou.normal": RuleText("Kuaishou id alone, lower case", "仅保留快手号，小写"),
    "kuaishou.invalid": RuleText("No Kuaishou id", "不是快手号", True),
    "id_number.normal": RuleText("Number alone, capitals", "仅保留号码，大写"),
    "id_number.15_digits": RuleText("15 digits completed to 18", "15 位升为 18 位"),
    "id_number.document": RuleText(
        "Passport, permit or card of Hong Kong or Taiwan: shown masked, no identity number",
        "护照、通行证或港台身份证：仅脱敏显示，不作为身份证号",
    ),
    "id_number.masked": RuleText("Masked: cannot be checked", "脱敏，无法校验"),
    "id_number.no_key": RuleText("No key to hash it under: not stored", "未配置密钥，不保存"),
    "id_number.invalid": RuleText("Checksum, date or province is wrong", "校验码、日期或省份有误"),
    "location.normal": RuleText("Coordinates as geo:latitude,longitude", "坐标统一为 geo:纬度,经度"),
    "location.datum": RuleText(
        "Coordinates of GCJ-02 or BD-09 converted to WGS-84", "坐标由 GCJ-02 或 BD-09 转为 WGS-84"
    ),
    "location.invalid": RuleText("No coordinates", "不是坐标"),
    "postcode.normal": RuleText("Six digits alone", "仅保留六位数字"),
    "postcode.invalid": RuleText("No postcode", "不是邮编"),
}
"""Every rule that can stand in a note, in the order of the documentation."""
