"""In which system of coordinates a place is given."""

from typing import Literal

Datum = Literal["WGS84", "GCJ02", "BD09"]
"""GPS; official Chinese maps (AMap, Tencent); Baidu."""
