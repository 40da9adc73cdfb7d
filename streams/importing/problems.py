"""What can be wrong with a file as a whole, said in Chinese and English."""

from typing import NamedTuple


class Said(NamedTuple):
    """A text that end users read."""

    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.zh} / {self.en}"


TEXTS: dict[str, Said] = {
    "empty": Said("文件是空的", "the file is empty"),
    "too_large": Said(
        "文件太大（上限 {limit} MiB）；请拆分或另存为 CSV",
        "the file is larger than {limit} MiB; split it or save it as CSV",
    ),
    "unknown_format": Said(
        "不是 Excel 或 CSV 文件（内容与扩展名无关）",
        "neither an Excel workbook nor a CSV file, by its content",
    ),
    "web_page": Said(
        "这是网页或 XML 格式的表格（只是扩展名像 Excel）；请用 Excel 打开并另存为 .xlsx 后再导入",
        "a web page or XML with a workbook's name, as some systems export; open it in Excel and save it as .xlsx",
    ),
    "password": Said("文件有密码保护，请取消密码后再导入", "the file is protected by a password; remove it first"),
    "corrupt": Said(
        "文件已损坏，无法读取；请重新导出，或用 Excel 打开修复并另存后再导入",
        "the file is damaged and cannot be read; export it again, or open it in Excel, which may repair it, and save"
        " it",
    ),
    "corrupt_part": Said(
        "文件已损坏或不完整（{part}），无法读取；请重新导出，或用 Excel 打开修复并另存后再导入",
        "the file is damaged or cut short ({part}) and cannot be read; export it again, or open it in Excel, which may"
        " repair it, and save it",
    ),
    "corrupt_sheet": Said(
        "工作表“{name}”已损坏或不完整，无法读取；请重新导出，或用 Excel 打开修复并另存后再导入",
        "the sheet {name!r} is damaged or cut short and cannot be read; export it again, or open it in Excel, which may"
        " repair it, and save it",
    ),
    "bomb": Said(
        "压缩内容异常膨胀（{why}），疑似压缩炸弹，已拒绝",
        "the archive unpacks to far more than a table would ({why}); refused as a zip bomb",
    ),
    "formulas": Said(
        "表格主要由公式组成，或表头公式尚未计算（{count} 个）；请复制后“选择性粘贴为数值”再导入",
        "the sheet is made of formulas, or its header of ones never computed ({count}); paste it as values first",
    ),
    "too_many_cells": Said(
        "表格跨度过大（{rows} 行 × {columns} 列）；请删除空白区域，或另存为 CSV",
        "the sheet spans {rows} rows × {columns} columns; delete what is empty, or save it as CSV",
    ),
    "too_many_merges": Said(
        "合并单元格太多（上限 {limit} 个）；请取消合并，或另存为 CSV",
        "more than {limit} merged cells; part them, or save the sheet as CSV",
    ),
    "too_many_strings": Said(
        "文字单元格太多（上限 {limit} 个）；请拆分，或另存为 CSV",
        "more than {limit} texts; split the file, or save it as CSV",
    ),
    "too_many_columns": Said("列数太多（上限 {limit} 列）", "more than {limit} columns"),
    "no_sheet": Said("没有名为“{name}”的工作表；有：{names}", "there is no sheet {name!r}; there are: {names}"),
    "not_sheets": Said(
        "CSV 文件没有工作表，不能指定“{name}”", "a CSV file has no sheets, so none that is called {name!r}"
    ),
    "hidden_unknown": Said(
        "无法得知 .xls 文件中哪些行被隐藏；请另存为 .xlsx 后再用 --no-hidden",
        "which rows of an .xls are hidden is not known; save it as .xlsx to import it with --no-hidden",
    ),
    "no_header": Said(
        "找不到表头：前 {rows} 行中没有可识别的列名（如 姓名、手机、邮箱）",
        "no header row: none of the first {rows} rows has a known heading such as 姓名, 手机, name, phone",
    ),
    "no_contact": Said(
        "没有可识别联系人的列（手机、邮箱、微信、QQ、抖音、快手、身份证；系统编号见 --map）",
        "no column identifies a person: phone, email, wechat, qq, douyin, kuaishou, id_number, or an id (see --map)",
    ),
    "no_column": Said("映射中的列不存在：{names}", "the mapping names columns that the file does not have: {names}"),
    "bad_map": Said("映射文件有误：{why}", "the mapping cannot be used: {why}"),
    "bad_map_form": Said(
        "映射文件有误：每行应为“字段: 表头”，如 name: 姓名",
        "the mapping cannot be used: each line is FIELD: HEADING, such as name: 姓名",
    ),
    "bad_map_field": Said(
        "映射文件有误：没有“{name}”这个字段；可用：{names}",
        "the mapping cannot be used: there is no field {name!r}; there are: {names}",
    ),
    "bad_map_heading": Said(
        "映射文件有误：“{name}”后应为一个或一列表头（文字）",
        "the mapping cannot be used: behind {name} stands a heading, or a list of headings, as text",
    ),
    "bad_map_id": Said(
        "映射文件有误：“{name}”是编号，只能对应一列",
        "the mapping cannot be used: {name} is an identifier, which stands in one column",
    ),
    "encoding": Said(
        "第 {line} 行附近有无法识别的字符编码；请另存为 UTF-8",
        "near line {line} the text is in no known encoding; save it as UTF-8",
    ),
    "mixed_encodings": Said(
        "文件混有两种编码：第 {utf8} 行附近是 UTF-8，第 {other} 行附近不是（如 GBK）；请统一编码，另存为 UTF-8",
        "the file is in two encodings: UTF-8 near line {utf8}, another such as GBK near line {other}; make them one and"
        " save it as UTF-8",
    ),
    "changed": Said(
        "读取过程中文件被修改、替换或删除，已停止；已发送的行有效，请在文件保存后重新导入",
        "the file was changed, replaced or removed while it was being read, so this stopped; what was sent counts:"
        " import it again once it is saved",
    ),
    "long_line": Said(
        "第 {line} 行太长，不是表格的一行（可能缺少换行符）；请重新导出",
        "line {line} is too long to be a row of a table (are line ends missing?); export it again",
    ),
    "quote": Said(
        "CSV 第 {line} 行有一个未闭合的双引号，其后的内容会被当作同一个单元格；请补上或删除该引号",
        "a quotation mark that begins on line {line} never ends, so all behind it is one cell; close or remove it",
    ),
    "csv": Said("CSV 第 {line} 行格式有误：{why}", "line {line} is not CSV: {why}"),
}


class FileProblem(Exception):
    """The file cannot be imported; `code` names the reason, the text says in both languages what to do."""

    def __init__(self, code: str, **details: object) -> None:
        self.code = code
        self.said = Said(*(text.format(**details) for text in TEXTS[code]))
        super().__init__(str(self.said))
