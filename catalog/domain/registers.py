"""The register of licenses."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class License:
    """许可协议: its id, title, address, and whether it is an open one (None: not known)."""

    id: str
    title: Mapping[str, str]
    url: str = ""
    open: bool | None = None


#: The licenses that every installation knows.
WELL_KNOWN = (
    License(
        "cc-by-4.0",
        {"zh": "知识共享 署名 4.0", "en": "Creative Commons Attribution 4.0"},
        "https://creativecommons.org/licenses/by/4.0/",
        open=True,
    ),
    License(
        "cc0-1.0",
        {"zh": "知识共享 公共领域贡献 1.0", "en": "Creative Commons Zero 1.0"},
        "https://creativecommons.org/publicdomain/zero/1.0/",
        open=True,
    ),
    License("cn-open", {"zh": "公共数据开放许可（无条件）", "en": "Public data, open without conditions"}, open=True),
    License("cn-conditional", {"zh": "公共数据有条件开放协议", "en": "Public data, open on conditions"}, open=False),
    License("cn-operation", {"zh": "公共数据授权运营协议", "en": "Public data, authorized operation"}, open=False),
)
