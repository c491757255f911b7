"""What is to be captured in other people's collections, by collection.

Where the collection has scripts, what they store is the truth (they are taken out before the run), and a second request
that gives a value of the same kind is right too; where it has none, the truth was written by hand. ``shapes`` makes the
server answer with the fields that the API is known for; they were written by hand as well, not recorded. The rules of
the inference were made with these collections at hand: this holds them, it does not say how they do on others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from support.server import Received
from workflow.stateful_server import Shape, StatefulApi, made

Json = Any


@dataclass(frozen=True)
class Truth:
    """The captures of one collection.

    Attributes:
        needed: variable -> the end of the path of each request that may give it, with the JSONPath if it is not
            ``$.id`` (``$.access_token`` for tokens).
        also: the same for what may be captured as well.
        missed: those of ``needed`` that are not found, and why in a comment.
    """

    needed: Mapping[str, tuple[str, ...]]
    also: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    missed: tuple[str, ...] = ()
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    envelope: str = ""


def _etags(api: StatefulApi, value: Json, request: Received) -> Json:
    return {"@odata.etag": f'W/"{api.new_id("etag")}"', **value} if isinstance(value, dict) else value


def _authenticate(api: StatefulApi, value: Json, request: Received) -> Json:
    """ForgeRock: first callbacks to answer, then a session."""
    if b"authId" in request.body:
        return {"tokenId": api.new_token("session"), "successUrl": "/console", "realm": "/"}
    return {"authId": api.new_token("dialogue"), "callbacks": [{"type": "NameCallback"}, {"type": "PasswordCallback"}]}


def _account(api: StatefulApi, value: Json, request: Received) -> Json:
    return [{**one, "profileId": 5, "recipientId": api.new_id("recipient")} for one in value[:1]]


def _ticket(api: StatefulApi, value: Json, request: Received) -> Json:
    return {"id": "1", "jsonrpc": "2.0", "result": {"Ticket": api.new_token("ticket"), "ServerInfo": {"Name": "x"}}}


def _listed(*names: str) -> Shape:
    """The list is inside of these members."""

    def shape(api: StatefulApi, value: Json, request: Received) -> Json:
        for name in reversed(names):
            value = {name: value}
        return value

    return shape


_TOKENS = ("1. Generate tokens from authorization code", "2. Refresh existing access token")
_PAYMENTS = Truth(
    {
        "token": ("/Generate tokens from authorization code", "/Refresh existing access token"),
        "refresh": ("$.refresh_token @ /Generate tokens from authorization code",),
        "batch_group_id": ("/Create batch group",),
        "batch_group_version": ("$.version @ /Create batch group", "$.version @ /Get batch group version"),
        "recipient_id": tuple(f"/Create {one} account" for one in ("GBP", "CAD", "EUR", "USD")),
        "quote_id": ("/Create quote",),
    }
)
_SESSION = {"POST /authenticate$": _authenticate}
_GRAPH = Truth(
    {
        "ApplicationId": ("/Create a new application",),
        "MessageId": (
            "$.value[0].id @ /Get my messages",
            "$.value[0].id @ /Messages (without replies) in a Channel",
            "$.value[0].id @ /Get a users messages",
        ),
        "NotebookId": ("/Create Notebook", "$.value[0].id @ /Get My Notebooks"),
        "GroupId": ("$.value[0].id @ Groups/Get Groups", "/Create a group with extension"),
        "TaskId": ("/Create a Planner Task", "$.value[0].id @ /Get Planner Tasks"),
        "PlanId": ("$.value[0].id @ /Get all planner plans associated with group",),
        "PlanETag": ("$['@odata.etag'] @ /Get Plan",),
        "BucketId": ("/Create a bucket in a Plan",),
        "TIIndicatorId": ("$.value[0].id @ /Get TI Indicators",),
        "SecurityActionsId": ("$.value[0].id @ /Get Security Actions",),
        "ListId": ("$.value[0].id @ /Enumerate Site Lists",),
        "TeamId": ("$.value[0].id @ /My Joined Teams", "/Create Team"),
        "ChannelId": ("$.value[0].id @ /Channels of a Team", "/Create Channel"),
        "ReplyId": ("$.value[0].id @ /Replies to a Message in a Channel",),
        "UserId": ("$.value[0].id @ /Get Users", "/Get My Profile"),
    },
    shapes={"GET /planner/plans/[^/]+$": _etags, "PATCH /planner/plans/[^/]+$": _etags},
    envelope="value",
)
_WISE = "transferwise__public-api-postman-collection__"
_SABRE = Truth({"token": ("/REST Authorize",)})

TRUTH: Mapping[str, Truth] = {
    f"{_WISE}Activity_API": Truth({"refresh_token": (f"$.refresh_token @ {_TOKENS[0]}",), "token": _TOKENS}),
    f"{_WISE}Groups_API": Truth(
        {"refresh_token": (f"$.refresh_token @ {_TOKENS[0]}",), "token": _TOKENS, "group_id": ("Create balance group",)}
    ),
    f"{_WISE}Multi-Currency_Account": Truth(
        {
            "client-credentials-token": ("/Client Credentials Token",),
            "token": ("/User Token from Registration Code", "/User Token from Authorization Code"),
            "personal-profile-id": ("/Create personal profile",),
            "balance-id": ("First Time Setup/Create Balance", "Account and Balance/Create Balance"),
            "borderless-account-id": ("$[0].id @ /List MCA Accounts (with account ID)",),
            "borderless-recipient-id": ("$[0].recipientId @ /List MCA Accounts (with account ID)",),
            "new-quote-id": ("Top Up/Create quote", "Send Money/Create quote", "Convert Money/Create quote"),
            "new-transfer-id": ("/Create transfer (to balance)", "/Create transfer"),
            "new-recipient-id": ("/Create account (USD)", "/Create account (SGD)"),
        },
        missed=("new-recipient-id",),  # nothing but the script says that an account is a recipient
        shapes={"GET /v1/borderless-accounts$": _account},
    ),
    f"{_WISE}TransferWise_for_Banks_API_flow": Truth(
        {
            "client-credentials-token": ("1. Client Credentials Token",),
            "token": (
                "3. Get User Tokens (successful creation)",
                "1. Generate token from authorization code",
                "1. Generate access token from refresh token",
            ),
            "refresh": (
                "$.refresh_token @ 3. Get User Tokens (successful creation)",
                "$.refresh_token @ 1. Generate token from authorization code",
            ),
            "user-id": ("2. Create User",),
            "personal-profile-id": ("1. Create personal profile",),
            "business-profile-id": ("1. Create business profile",),
            "new-quote-id": ("1. Create Quote",),
            "new-recipient-id": ("3. Create account",),
            "new-transfer-id": ("5. Create transfer",),
        }
    ),
    f"{_WISE}Connected_Apps_Payment_Flow_Balance": _PAYMENTS,
    f"{_WISE}Connected_Apps_Payment_flow_Send_Money": _PAYMENTS,
    f"{_WISE}TW-API": Truth(
        {
            "REFRESH": ("$.refresh_token @ POST /auth/token", "$.refresh_token @ POST /auth/token reg code"),
            "client_credentials_token": ("POST /auth/token (client_credentials)",),
            "roleId": ("POST /roles",),
            "quoteId": ("POST /quotes",),
            "transferId": ("POST /transfers",),
            "profile_id": ("POST /profiles",),
            "accountId": ("$[0].id @ GET /borderless-accounts", "$[0].id @ GET /accounts"),
        },
        also={"profileId": ("POST /profiles",)},
        shapes={"GET /quotes$": lambda api, value, request: {"source": "EUR", "target": "GBP", "rate": 0.9}},
    ),
    "microsoftgraph__microsoftgraph-postman-collections__Microsoft_Graph_v1.0": _GRAPH,
    "microsoftgraph__microsoftgraph-postman-collections__Microsoft_Graph": _GRAPH,
    "hmrc__self-assessment-assist-acceptance-tests__MTD_API": Truth(
        {
            "businessId": ("$.listOfBusinesses[0].businessId @ /API #1171 - List All Businesses",),
            "submissionId": (
                "$.submissionId @ Create CIS Deductions for Subcontractor (Multiple Periods)",
                "$.submissionId @ Create CIS Deductions for Subcontractor (Single Period)",
            ),
            "calculationId": (
                "Version 2/API #1426 - Trigger a Self Assessment Tax Calculation",
                "$.calculationId @ Version 3/API#1426 - Trigger a Self Assessment Tax Calculation",
            ),
            "employmentId": (
                "$.employmentId @ /API#1661 - Add a Custom Employment",
                "$.customEmployments[0].employmentId @ /API#1645 - List Employments",
            ),
            "claimId": tuple(
                f"$.claimId @ Create a Claim ({one})" for one in ("Self Employment", "UK Property", "Foreign Property")
            ),
            "lossId": tuple(
                f"$.lossId @ Create a Brought Forward Loss ({one})"
                for one in ("Self Employment", "UK Property", "Foreign Property")
            ),
            "benefitId": ("$.benefitId @ /API #1676 - Create State Benefit",),
        },
        shapes={
            "GET /list$": lambda api, value, request: {
                "listOfBusinesses": [{"typeOfBusiness": "uk-property", "businessId": api.new_id("business")}]
            },
            "POST /amendments$": made("submissionId"),
            "POST /self-assessment/[^/]+$": made("calculationId"),
            "POST /employments/[^/]+/[^/]+$": made("employmentId"),
            "GET /employments/[^/]+/[^/]+$": lambda api, value, request: {
                "customEmployments": [{"employmentId": api.new_id("employment"), "employerName": "somebody"}]
            },
            "POST /loss-claims$": made("claimId"),
            "POST /brought-forward-losses$": made("lossId"),
            "POST statebenefitsapi/[^/]+/2020-21$": made("benefitId"),
            "POST /trigger$": made("calculationId"),
            "POST /period(/[^/]+)?$": made("submissionId"),
            "GET /balance-and-transactions$": lambda api, value, request: {"balanceDetails": {"payableAmount": 1}},
        },
    ),
    "companieshouse__forgerock-cloud-config__FR_Configuration_test": Truth(
        {
            "access_token": ("Managed Objects/Access Token",),
            "authId": ("$.authId @ Authentication to Top-Level Realm", "$.authId @ Top-Level Realm Copy"),
            "session_token": ("$.tokenId @ Authenticate as ID Cloud Admin and Get Session Token, and Cookie Name",),
        },
        shapes=_SESSION,
    ),
    "companieshouse__forgerock-cloud-config__TestCollection": Truth(
        {
            "access_token": ("Managed Objects/Access Token",),
            "authId": (
                "$.authId @ /Authentication to Top-Level Realm",
                "$.authId @ /Authenticate as ID Cloud Admin and Get Session Token, and Cookie Name",
            ),
            "session_token": (
                "$.tokenId @ /Skip MFA Set up",
                "$.tokenId @ /Authenticate as ID Cloud Admin and Get Session Token, and Cookie Name",
            ),
        },
        shapes=_SESSION,
    ),
    "XeroAPI__xero-postman-oauth2__Xero_OAuth_2.0": Truth(
        {"xero-tenant-id": ("$[0].tenantId @ Get started", "$[0].tenantId @ Connections")},
        shapes={
            "GET /connections$": lambda api, value, request: [
                {**one, "tenantId": api.new_id("tenant"), "tenantType": "ORGANISATION"} for one in value
            ]
        },
    ),
    "FIWARE__tutorials.Securing-Access__FIWARE_Securing_Access": Truth(
        {f"access-token-{one.lower()}": (f"/OAuth Password Flow ({one})",) for one in ("Alice", "Bob", "Eve")}
    ),
    "WoodWing__ww-studio-postman-collection__WoodWing_Studio": Truth(
        {
            "Current_Ticket": tuple(f"$.result.Ticket @ {one}/LogOn" for one in ("Workflow", "Webhooks")),
            "Admin_Current_Ticket": ("$.result.Ticket @ /LogOn - Administration",),
            "Planning_Ticket": ("$.result.Ticket @ /LogOn - Planning",),
        },
        also={"Object_ID": (), "Publication_ID": ()},  # the id of a JSON-RPC message is no object's
        shapes={"POST index.php$": _ticket, "POST editorialplan.php$": _ticket},
    ),
    "vmware__vsphere-automation-sdk-rest__VMware_Cloud_on_AWS_APIs": Truth(
        {
            "access_token": ("Authentication/Login",),
            "org": ("$[0].id @ Orgs/List",),
            "orgid": ("$[0].id @ Orgs/List",),
            "sddc": ("$.resource_id @ SDDCs/Create", "$[0].id @ SDDCs/List"),
            "sddcid": ("$.resource_id @ SDDCs/Create", "$[0].id @ SDDCs/List"),
            "networkId": ("$.data[0].id @ Networks/List",),
            "edgeId": ("$.edgePage.data[0].id @ Edge Devices/List",),
        },
        shapes={
            "POST /orgs/[^/]+/sddcs$": made("resource_id", id="a-task", status="STARTED"),
            "GET /sddc/networks/?$": _listed("data"),
            "GET /networks/4.0/edges$": _listed("edgePage", "data"),
        },
    ),
    "SabreDevStudio__postman-collections__Booking_Management_API_v2020.05": _SABRE,
    "SabreDevStudio__postman-collections__Booking_Management_API_v2020.08": _SABRE,
}
