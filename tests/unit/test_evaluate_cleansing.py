import csv

import pytest
from click.testing import CliRunner

from streams.evaluate.addresses import addresses
from streams.evaluate.phones import phones


def run(command, folder, text, *options, encoding="utf-8"):
    source, target = folder / "in.csv", folder / "out.csv"
    source.write_text(text, encoding=encoding, newline="")
    result = CliRunner().invoke(command, [str(source), str(target), *options])
    assert result.exit_code == 0, result.output
    return list(csv.reader(target.read_text("utf-8").splitlines()))


def test_phones(tmp_path):
    text = "id,raw,region\n1,138-0013-8000,\n2,(650) 253-0000,US\n3,138****8000,CN\n4,10086,\n5,x,\n6,4001234567,\n"
    rows = run(phones, tmp_path, text)
    assert rows == [
        ["id", "raw", "region", "e164", "valid", "type", "masked"],
        ["1", "138-0013-8000", "", "+8613800138000", "true", "mobile", "false"],
        ["2", "(650) 253-0000", "US", "+16502530000", "true", "mobile_or_landline", "false"],
        ["3", "138****8000", "CN", "", "false", "mobile", "true"],
        ["4", "10086", "", "", "false", "service", "false"],
        ["5", "x", "", "", "false", "", "false"],
        ["6", "4001234567", "", "+864001234567", "true", "service", "false"],
    ]


def test_phones_need_no_region_column(tmp_path):
    rows = run(phones, tmp_path, "raw\n6502530000\n", "--region", "US")
    assert rows[1][1] == "+16502530000"


def test_addresses_with_byte_order_mark_quotes_and_short_rows(tmp_path):
    text_of_first = "浙江省杭州市西湖区五常街道文一西路969号, 2楼"
    text = f'address,n\n"{text_of_first}",1\n鼓楼区\n'
    rows = run(addresses, tmp_path, text, encoding="utf-8-sig")
    assert rows == [
        ["address", "n", "province", "city", "district", "adcode", "detail"],
        [text_of_first, "1", "浙江省", "杭州市", "西湖区", "330106", "五常街道文一西路969号, 2楼"],
        ["鼓楼区", "", "", "", "鼓楼区", "", ""],
    ]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-8"])
def test_a_table_may_be_in_what_chinese_programs_write(tmp_path, encoding):
    rows = run(addresses, tmp_path, "序号,address\n1,杭州市西湖区文三路90号\n", encoding=encoding)
    assert rows[1] == ["1", "杭州市西湖区文三路90号", "浙江省", "杭州市", "西湖区", "330106", "文三路90号"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a,b\n1,2\n", "no column `address`"),
        (b"", "no column `address`"),
        (b"address\n\xff\xff\xff\n", "not a CSV file"),
        ('address\n上海\n"杭州\n北京\n'.encode(), "quotation mark"),  # the last two would be one row
        ('"address\n上海\n'.encode(), "quotation mark"),
    ],
)
def test_a_file_that_cannot_be_used_says_why_and_leaves_nothing(tmp_path, content, said):
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes(content)
    result = CliRunner().invoke(addresses, [str(source), str(target)])
    assert result.exit_code == 1
    assert said in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_blanks_around_names_of_columns_do_not_matter(tmp_path):
    rows = run(phones, tmp_path, "id, raw, region \n1, 650 253 0000, US\n2, 13800138000, \n")
    assert rows[1][:4] == ["1", " 650 253 0000", " US", "+16502530000"]
    assert rows[2][3] == "+8613800138000"


def test_a_country_that_nobody_knows_is_refused(tmp_path):
    (tmp_path / "in.csv").write_text("raw\n13800138000\n", encoding="utf-8")
    given = [str(tmp_path / "in.csv"), str(tmp_path / "out.csv"), "--region"]
    refused = CliRunner().invoke(phones, [*given, "zz"])
    assert (refused.exit_code, "'zz' is no country" in refused.output) == (2, True)
    assert CliRunner().invoke(phones, [*given, "cn"]).exit_code == 0
