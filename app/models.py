"""The list of tables, in the order in which a debtor meets them. Import tables from here.

Everything is loaded before the framework configures its mappers.
"""

from flask_appbuilder.security.sqla.models import Role, User

from app.core.models import (
    Download,
    Holiday,
    ReferenceStamp,
    SavedView,
    SettingValue,
    StoredFile,
    TimelineEvent,
)
from app.access.models import Absence, AccessLog, Area, Staff
from app.debtors.models import ContactPoint, Debtor, PersonMerge, RepeatedPair
from app.debts.models import Account, BalanceHistory, Bill, Portfolio
from app.payments.models import Payment, PaymentMeans
from app.intake.models import Load, LoadBefore, LoadProblem, SavedLayout
from app.holds.models import Hold
from app.promises.models import Promise
from app.agreements.models import Agreement, AgreementBill, Instalment
from app.contact_rules.models import Callback, ContactAttempt, ContactRefusal
from app.worklist.models import Claim, WorklistItem, WorklistPush
from app.cases.models import VerificationCase
from app.complaints.models import (
    Complaint,
    ComplaintBill,
    ComplaintCategory,
    ComplaintEntry,
    ComplaintFile,
)
from app.referrals.models import EnforcementDocument, EnforcementPaper, Referral, Visit
from app.calls.models import Call, IdentityCheck, NonpaymentReason, Outcome, Script
from app.quality.models import Criterion, QualityMark, QualityReview, QualitySample
from app.followup.models import FollowupRun

__all__ = [
    "Absence",
    "AccessLog",
    "Account",
    "Agreement",
    "AgreementBill",
    "Area",
    "BalanceHistory",
    "Bill",
    "Call",
    "Callback",
    "Claim",
    "Complaint",
    "ComplaintBill",
    "ComplaintCategory",
    "ComplaintEntry",
    "ComplaintFile",
    "ContactAttempt",
    "ContactPoint",
    "ContactRefusal",
    "Criterion",
    "Debtor",
    "Download",
    "EnforcementDocument",
    "EnforcementPaper",
    "FollowupRun",
    "Hold",
    "Holiday",
    "IdentityCheck",
    "Instalment",
    "Load",
    "LoadBefore",
    "LoadProblem",
    "NonpaymentReason",
    "Outcome",
    "Payment",
    "PaymentMeans",
    "PersonMerge",
    "Portfolio",
    "Promise",
    "QualityMark",
    "QualityReview",
    "QualitySample",
    "ReferenceStamp",
    "Referral",
    "RepeatedPair",
    "Role",
    "SavedLayout",
    "SavedView",
    "Script",
    "SettingValue",
    "Staff",
    "StoredFile",
    "TimelineEvent",
    "User",
    "VerificationCase",
    "Visit",
    "WorklistItem",
    "WorklistPush",
]
