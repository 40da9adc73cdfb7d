"""What an export leaves behind about itself."""

from streams.commands.export import Query, limits_said


def test_the_trace_of_an_export_names_nobody() -> None:
    where = {"name": "张三", "address": "世纪大道1号", "phone": "+8613800138000", "reachability": "valid"}
    said = limits_said(Query(where, ["华东"], merged=False))
    assert said == "name=张*, address=****, phone=+86138****8000, reachability=valid, 华东"
    assert limits_said(Query({}, None, merged=False)) == "all leads"
