"""The controlled words of a record, with their Chinese and English labels.

The three attributes sharing, opening and operable are independent of one another (政务数据共享条例,
公共数据资源登记管理暂行办法, 公共数据资源授权运营实施规范). The grades are those of GB/T 43697-2024.
"""

from collections.abc import Mapping
from enum import StrEnum


class Sharing(StrEnum):
    """共享属性: between departments."""

    UNCONDITIONAL = "unconditional"
    CONDITIONAL = "conditional"
    NONE = "none"


class Opening(StrEnum):
    """开放属性: to the public; not who may see the record."""

    UNCONDITIONAL = "unconditional"
    CONDITIONAL = "conditional"
    NONE = "none"


class Frequency(StrEnum):
    """更新频率 (dct:accrualPeriodicity)."""

    CONTINUOUS = "continuous"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    SEMIANNUAL = "semiannual"
    ANNUAL = "annual"
    BIENNIAL = "biennial"
    IRREGULAR = "irregular"
    ARCHIVED = "archived"
    OTHER = "other"


class Grade(StrEnum):
    """数据分级 (GB/T 43697-2024)."""

    CORE = "core"
    IMPORTANT = "important"
    GENERAL = "general"


class Kind(StrEnum):
    """What a record is: a data set, one of the kinds of data product, or a series."""

    DATASET = "dataset"
    API = "api"
    REPORT = "report"
    MODEL = "model"
    QUERY = "query"
    SERIES = "series"


#: The kinds that are data products (公共数据产品和服务).
PRODUCTS = frozenset({Kind.API, Kind.REPORT, Kind.MODEL, Kind.QUERY})


class Visibility(StrEnum):
    """Who may see the record."""

    DRAFT = "draft"
    PRIVATE = "private"
    #: Public from a day on.
    EMBARGOED = "embargoed"
    PUBLIC = "public"


class Purpose(StrEnum):
    """What data may be asked for: the list from which an offer and an applicant choose."""

    GOVERNANCE = "governance"
    WELFARE = "welfare"
    RESEARCH = "research"
    BUSINESS = "business"


#: facet or field → value → (Chinese, English)
LABELS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "sharing": {
        "unconditional": ("无条件共享", "Shared without conditions"),
        "conditional": ("有条件共享", "Shared on conditions"),
        "none": ("不予共享", "Not shared"),
    },
    "opening": {
        "unconditional": ("无条件开放", "Open"),
        "conditional": ("有条件开放", "Open on conditions"),
        "none": ("不予开放", "Not open"),
    },
    "operable": {"true": ("可授权运营", "Authorized operation"), "false": ("非授权运营", "Not for operation")},
    "frequency": {
        "continuous": ("实时", "Continuous"),
        "daily": ("每日", "Daily"),
        "weekly": ("每周", "Weekly"),
        "monthly": ("每月", "Monthly"),
        "quarterly": ("每季度", "Quarterly"),
        "semiannual": ("每半年", "Twice a year"),
        "annual": ("每年", "Yearly"),
        "biennial": ("每两年", "Every two years"),
        "irregular": ("不定期", "Irregular"),
        "archived": ("归档不更新", "Archived"),
        "other": ("其他", "Other"),
    },
    "grade": {
        "core": ("核心数据", "Core"),
        "important": ("重要数据", "Important"),
        "general": ("一般数据", "General"),
    },
    "kind": {
        "dataset": ("数据集", "Data set"),
        "api": ("数据接口", "API"),
        "report": ("数据报告", "Report"),
        "model": ("模型", "Model"),
        "query": ("核验查询", "Query service"),
        "series": ("数据系列", "Series"),
    },
    "preview": {"true": ("可预览", "With preview"), "false": ("不可预览", "Without preview")},
    "api": {"true": ("有接口", "With an API"), "false": ("无接口", "Without an API")},
    "purpose": {
        "governance": ("公共治理", "Public governance"),
        "welfare": ("公益事业", "Public welfare"),
        "research": ("科学研究", "Research"),
        "business": ("产业发展", "Business"),
    },
    "role": {
        "organization_admin": ("机构管理员", "Administrator of an organization"),
        "steward": ("数据专员", "Data steward"),
        "editor": ("编辑", "Editor"),
        "access_officer": ("授权审核员", "Access officer"),
        "applicant": ("申请人", "Applicant"),
        "registrar": ("登记员", "Registrar"),
        "admin": ("系统管理员", "System administrator"),
        "security_admin": ("安全管理员", "Security administrator"),
        "auditor": ("审计员", "Auditor"),
        # What two of them were called in the first audit entries.
        "publisher": ("数据专员", "Data steward"),
        "decider": ("授权审核员", "Access officer"),
    },
    "state": {
        "submitted": ("待审核", "Submitted"),
        "returned": ("退回补正", "Returned for correction"),
        "granted": ("已授权", "Granted"),
        "rejected": ("未通过", "Rejected"),
        "revoked": ("已撤销", "Revoked"),
    },
}


_NO_VALUE = ("未标注", "Not stated")


def label(field: str, value: str, language: str) -> str:
    """The word for a value in a reader's language; the value itself where it has no label."""
    pair = LABELS.get(field, {}).get(value) if value else _NO_VALUE
    if pair is None:
        return value
    return pair[1] if language.startswith("en") else pair[0]
