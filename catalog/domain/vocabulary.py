"""The controlled words of a record, with their Chinese and English labels.

The three attributes sharing, opening and operable are independent of one another (政务数据共享条例,
公共数据资源登记管理暂行办法, 公共数据资源授权运营实施规范). The grades are those of GB/T 43697-2024.
"""

from collections.abc import Mapping
from dataclasses import dataclass
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
    "network_use": {
        "source": ("数据源", "Source"),
        "webhook": ("Webhook", "Webhook"),
        "callback": ("回调", "Callback"),
        "oidc": ("统一身份认证（OIDC）", "Sign-in (OIDC)"),
        "upstream": ("上游服务", "Upstream"),
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
    "eyes": {
        "public": ("公众", "Everybody, without signing in"),
        "applicant": ("申请人", "Somebody who may ask for access"),
        "member": ("某机构的普通成员", "An ordinary member of an organization"),
    },
    "standing of a record": {
        "draft": ("草稿", "Draft"),
        "private": ("内部", "Private"),
        "embargoed": ("暂缓公开", "Under embargo"),
        "classified": ("因分级不公开", "Classified"),
        "public": ("公开", "Public"),
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
        "anybody": ("所有人", "Everybody"),
        "person": ("登录用户", "Whoever has an account"),
        # What two of them were called in the first audit entries.
        "publisher": ("数据专员", "Data steward"),
        "decider": ("授权审核员", "Access officer"),
    },
    "scope": {
        "read": ("查询与读取", "Search and read"),
        "write": ("编目", "Write records"),
        "access": ("使用申请", "Access requests"),
        "admin": ("管理", "Administer"),
    },
    "where": {
        "anywhere": ("任何机构", "anywhere"),
        "own organization": ("本机构", "at the own organization"),
        "own organization and those beneath": ("本机构及其下属机构", "at the own organization and those beneath"),
        "own level and territory": ("本级本辖区", "at the own level and territory"),
        "oneself": ("本人", "for oneself"),
    },
    "action": {
        "read a record": ("查看目录", "read a record"),
        "write a record": ("编辑目录", "write a record"),
        "publish a record": ("发布目录", "publish a record"),
        "withdraw a record": ("撤回目录", "withdraw a record"),
        "view as another reader": ("以他人视角查看", "view as another reader"),
        "ask for access": ("申请使用", "ask for access"),
        "decide on access": ("审核使用申请", "decide on access"),
        "read a request of one's own": ("查看本方的使用申请", "read a request of one's own"),
        "read a request to one's own": ("查看收到的使用申请", "read a request to one's own"),
        "ask for runs": ("发起采集", "ask for runs"),
        "steer the search": ("调整检索", "steer the search"),
        "operate the index": ("维护索引", "operate the index"),
        "manage subscriptions": ("管理订阅", "manage subscriptions"),
        "allow networks": ("放行网络", "allow networks"),
        "manage organizations": ("管理机构", "manage organizations"),
        "manage members": ("管理成员", "manage members"),
        "verify an organization": ("核验机构", "verify an organization"),
        "apply for an organization": ("申请机构入驻", "apply for an organization"),
        "manage one's own account": ("管理本人账号", "manage one's own account"),
        "grant roles of the platform": ("授予平台角色", "grant roles of the platform"),
        "block a person": ("停用账号", "block a person"),
        "erase personal data": ("删除个人信息", "erase personal data"),
        "manage keys of an organization": ("管理机构密钥", "manage keys of an organization"),
        "issue a fact": ("签发事实", "issue a fact"),
        "read a fact": ("查看事实", "read a fact"),
        "read the audit": ("查看审计", "read the audit"),
        "break the glass": ("紧急授权", "break the glass"),
        "read personal data in the audit": ("查看审计中的个人信息", "read personal data in the audit"),
        "manage kinds of facts": ("管理事实类型", "manage kinds of facts"),
        "review emergency access": ("复核紧急授权", "review emergency access"),
    },
    "act": {
        "published": ("发布记录", "Record published"),
        "replaced": ("修订记录", "Record revised"),
        "withdrawn": ("下架记录", "Record withdrawn"),
        "embargo lifted": ("解除暂缓公开", "Embargo lifted"),
        "access Asked": ("提交使用申请", "Access asked for"),
        "access Amended": ("补正使用申请", "Access request corrected"),
        "access Returned": ("退回使用申请", "Access request returned"),
        "access Granted": ("批准使用申请", "Access granted"),
        "access Rejected": ("不批准使用申请", "Access rejected"),
        "access Revoked": ("撤销授权", "Grant revoked"),
        "access TokenTaken": ("领取令牌", "Token taken"),
        "run done": ("采集完成", "Run done"),
        "run failed": ("采集失败", "Run failed"),
        "run held": ("采集暂缓", "Run held"),
        "run asked for": ("发起采集", "Run asked for"),
        "steering edited": ("修改检索调控草稿", "Steering edited"),
        "steering published": ("发布检索调控", "Steering published"),
        "steering restored": ("恢复检索调控", "Steering restored"),
        "rebuild refused": ("重建索引未通过", "Rebuild refused"),
        "rollback refused": ("回退索引未通过", "Rollback refused"),
        "subscription confirmed": ("确认订阅", "Subscription confirmed"),
        "subscription ended": ("退订", "Subscription ended"),
        "key created": ("创建密钥", "Key created"),
        "key revoked": ("吊销密钥", "Key revoked"),
        "signed in": ("登录", "Signed in"),
        "audit exported": ("导出审计记录", "Audit exported"),
        "personal data read": ("查看个人信息", "Personal data read"),
        "person erased": ("删除个人信息", "Personal data erased"),
        "fact kind changed": ("修改事实类型", "Kind of facts changed"),
        "fact issued": ("签发事实", "Fact issued"),
        "fact revoked": ("撤销事实", "Fact revoked"),
        "fact lapsed": ("事实到期", "Fact lapsed"),
        "glass broken": ("启用紧急授权", "Emergency access taken"),
        "glass ended": ("结束紧急授权", "Emergency access given back"),
        "glass reviewed": ("复核紧急授权", "Emergency access reviewed"),
        "organization created": ("建立机构", "Organization created"),
        "organization described": ("修改机构资料", "Organization described"),
        "organization renamed": ("机构更名", "Organization renamed"),
        "organization moved": ("调整机构隶属", "Organization moved"),
        "organization merged": ("机构并入他方", "Organization merged"),
        "organization took over": ("承接他方机构", "Organization took over"),
        "organization closed": ("关闭机构", "Organization closed"),
        "organization split": ("拆分机构", "Organization split"),
        "invited": ("邀请成员", "Member invited"),
        "invitation called back": ("撤回邀请", "Invitation called back"),
        "invitation taken": ("接受邀请", "Invitation taken"),
        "application submitted": ("提交入驻申请", "Application submitted"),
        "application returned": ("退回入驻申请", "Application returned"),
        "application verified": ("核验入驻申请", "Application verified"),
        "application refused": ("不予入驻", "Application refused"),
        "application withdrawn": ("撤回入驻申请", "Application withdrawn"),
        "network allowed": ("放行网络", "Network allowed"),
        "network ended": ("取消放行网络", "Network ended"),
        "role granted": ("授予角色", "Role granted"),
        "role ended": ("收回角色", "Role ended"),
        "role refused": ("未授予互斥的角色", "Role refused"),
        "person blocked": ("停用账号", "Person blocked"),
        "person unblocked": ("恢复账号", "Person unblocked"),
        "signed up": ("注册账号", "Signed up"),
        "profile changed": ("修改个人资料", "Profile changed"),
        "address changed": ("更换邮箱", "Address changed"),
        "password changed": ("修改密码", "Password changed"),
        "second factor on": ("启用第二因素", "Second factor on"),
        "second factor off": ("停用第二因素", "Second factor off"),
        "recovery codes made": ("生成恢复码", "Recovery codes made"),
        "recovery code used": ("使用恢复码", "Recovery code used"),
        "session ended": ("结束会话", "Session ended"),
        "identity linked": ("绑定身份", "Identity linked"),
        "identity unlinked": ("解绑身份", "Identity unlinked"),
        "second factor reset": ("重置第二因素", "Second factor reset"),
        "separation off": ("关闭三员分立", "Separation of duties off"),
        "retention applied": ("清理到期记录", "Retention applied"),
    },
    "organization_kind": {
        "department": ("政府部门", "Department"),
        "operator": ("运营机构", "Operating body"),
        "company": ("企业", "Company"),
        "other": ("其他机构", "Other body"),
    },
    "application_state": {
        "submitted": ("待核验", "Submitted"),
        "returned": ("退回补正", "Returned for correction"),
        "verified": ("已核验", "Verified"),
        "refused": ("未通过", "Refused"),
        "withdrawn": ("已撤回", "Withdrawn"),
    },
    "level": {
        "national": ("国家级", "National"),
        "province": ("省级", "Province"),
        "city": ("市级", "City"),
        "county": ("县级", "County"),
    },
    "standing": {
        "coming": ("未生效", "Not yet in force"),
        "holds": ("有效", "In force"),
        "lapsed": ("已到期", "Lapsed"),
        "revoked": ("已撤销", "Revoked"),
    },
    "fact": {
        "large": ("大型", "Large"),
        "medium": ("中型", "Medium"),
        "small": ("小型", "Small"),
        "micro": ("微型", "Micro"),
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


@dataclass(frozen=True, slots=True)
class Labeled:
    """Controlled words in a message, told in the reader's language: ``(("role", "steward"), …)``."""

    words: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return self.told("en")

    def told(self, language: str) -> str:
        """The words of a language, with commas between them."""
        comma = "、" if language == "zh" else ", "
        return comma.join(dict.fromkeys(label(of, value, language) for of, value in self.words))


def in_words(facts: Mapping[str, object], language: str) -> dict[str, object]:
    """Facts of a message with their controlled words in a language."""
    return {name: fact.told(language) if isinstance(fact, Labeled) else fact for name, fact in facts.items()}
