"""What ``--help``, the reference of the site and the manual pages say besides the options themselves. Every example
here is run by a test."""

from __future__ import annotations

#: Options by their parameter names, in the order in which they are shown.
GROUPS = {
    "Users and time": "users spawn_rate run_time rps wait stop_timeout script_engines",
    "Variables": "environment globals_ var secret env_var global_var",
    "Choosing requests": (
        "folder with_deps select exclude method names tags from_ to only_failed last_failed changed_since shard "
        "shard_times list_ list_format"
    ),
    "Values from responses": "capture",
    "Repetition and data": "repeat_unknown iteration_count iteration_data parallel share_globals watch",
    "Pace and limits": (
        "delay_request timeout timeout_request timeout_script max_response_size bail strict suppress_exit_code"
    ),
    "Several machines": "master worker master_host master_bind_host master_port expect_workers",
    "Web interface": "web web_host web_port",
    "Connections": (
        "ignore_redirects insecure ssl_client_cert ssl_client_key ssl_client_passphrase ssl_client_cert_list "
        "ssl_extra_ca_certs deny_private_addresses"
    ),
    "In place of the server": "simulate mock",
    "Files": (
        "output force no_run save working_dir insecure_file_read cookie_jar export_environment export_globals "
        "export_collection export_cookie_jar postman_api_key"
    ),
    "Reports": (
        "fail_if csv html format_ reporters record record_bodies verbose curl silent show_secrets color "
        "disable_unicode"
    ),
    "Keeping runs": "journal no_journal",
    "Comparing with before": "snapshot update_snapshots snapshot_dir snapshot_ci baseline fail_if_slower",
    "Findings": "disable fail_on fix variables rules",
    "The tour": "yes",
}  # fmt: skip
OTHERS = "Other options"

_EXAMPLES = {
    "run": (
        ("htrun run api.json -e staging.json", "run a collection with an environment"),
        ("HTRUN_VAR_token=abc htrun api.json", "keep a variable off the command line; `run` may be left out"),
        ("htrun run api.json --folder Actions --with-deps", "run a folder, after the requests that it needs"),
        ("htrun run api.json -d rows.csv --bail", "run once for each row, until something fails"),
        ("htrun run api.json -r cli,junit,html --reporter-html-export report.html", "write reports"),
        ("htrun run api.json --mock", "run without the server, against saved examples"),
    ),
    "resume": (
        ("htrun resume last", "go on with the last run, which was killed"),
        ("htrun resume 12 -r cli,junit --repeat-unknown", "with other reports, and send again what may have arrived"),
    ),
    "runs": (
        ("htrun runs", "list the runs in the journal"),
        ("htrun runs show last", "show the requests of the last one"),
        ("htrun runs show last --as junit", "make a report of it again"),
        ("htrun runs flaky", "say what passes now and then"),
        ("htrun runs prune --keep 20", "remove all but the newest 20"),
    ),
    "walk": (
        ("htrun walk api.json --mock", "look at each request before it is sent, and at its answer"),
        ("htrun walk api.json --yes --save tour.md", "ask nothing, and keep the tour as a document"),
    ),
    "check": (
        ("htrun check api.json -e staging.json", "look for mistakes, knowing the variables of a run"),
        ("htrun check collections --format sarif -o check.sarif --fail-on never", "report to a code scanner"),
    ),
    "report": (
        ("htrun run api.json --record run.jsonl", "record a run"),
        ("htrun report run.jsonl --as html,junit", "make reports of it later"),
    ),
    "graph": (
        ("htrun graph api.json", "say which request gives what another one needs"),
        ("htrun graph api.json -o flow.svg", "draw it; .html, .mmd and .dot are known too"),
    ),
    "init": (
        ("htrun init api.json", "write api.workflow.yaml, from one run of the collection"),
        ("htrun init api.json --no-run -o -", "from its saved examples, and only show it"),
    ),
    "load": (
        ("htrun load api.json --users 5 --run-time 2s", "let five users run the collection again and again"),
        ("htrun load api.json -u 5 -n 3 --fail-if 'p95>5s' --html load.html", "fail by response times; write a report"),
    ),
    "simulate": (("htrun simulate hypertrack --port 8765", "serve the HyperTrack API on this machine"),),
    "mock": (
        ("htrun mock api.json --delay 100-500", "answer from saved examples, slowly"),
    ),
    "convert": (
        ("htrun convert api.json -o postman/collections/Api", "v2.1 to a folder of v3"),
        ("htrun convert postman/collections/Api -o api.json --force", "and back"),
    ),
    "import": (
        ("htrun import openapi.yaml -o api.json", "make a collection of an OpenAPI description"),
        ("htrun import 'curl https://api.example.com/users' -o users.json", "or of a curl command"),
    ),
    "completion": (
        ("htrun completion bash > completion.bash", "then `source completion.bash` in ~/.bashrc"),
    ),
}  # fmt: skip

_VARIABLES = {
    "HTRUN_VAR_<NAME>": "A collection variable, as --var NAME=... gives it.",
    "POSTMAN_API_KEY": "The key for collections and environments by UID.",
    "HTTP_PROXY, HTTPS_PROXY, NO_PROXY": "Proxies, and hosts that need none.",
    "NODE_EXTRA_CA_CERTS": "PEM file with more trusted authorities.",
    "NO_COLOR, FORCE_COLOR": "Colours never, or always.",
    "HTRUN_JOURNAL": "The journal, as --journal gives it; off: none.",
    "HTRUN_JOURNAL_KEY": "What the secrets in the journal are encrypted with, in place of a key file.",
    "VISUAL, EDITOR": "What edits a whole request.",
}
_SENDING = ("HTRUN_VAR_<NAME>", "POSTMAN_API_KEY", "HTTP_PROXY, HTTPS_PROXY, NO_PROXY", "NODE_EXTRA_CA_CERTS")
_READ_BY = {
    "run": (*_SENDING, "HTRUN_JOURNAL", "HTRUN_JOURNAL_KEY", "NO_COLOR, FORCE_COLOR"),
    "resume": (*_SENDING, "HTRUN_JOURNAL", "HTRUN_JOURNAL_KEY", "NO_COLOR, FORCE_COLOR"),
    "runs": ("HTRUN_JOURNAL",),
    "walk": (*_SENDING, "NO_COLOR, FORCE_COLOR", "VISUAL, EDITOR"),
    "load": (*_SENDING, "NO_COLOR, FORCE_COLOR"),
    "init": (*_SENDING, "NO_COLOR, FORCE_COLOR"),
    "check": ("HTRUN_VAR_<NAME>", "POSTMAN_API_KEY", "NO_COLOR, FORCE_COLOR"),
    "report": ("NO_COLOR, FORCE_COLOR",),
    "graph": ("HTRUN_VAR_<NAME>", "POSTMAN_API_KEY"),
    "mock": ("HTRUN_VAR_<NAME>", "POSTMAN_API_KEY"),
}


def examples_of(command: str) -> tuple[tuple[str, str], ...]:
    """Command lines, and what each is for, without a capital and a full stop."""
    return _EXAMPLES.get(command, ())


def environment_of(command: str) -> tuple[tuple[str, str], ...]:
    """The variables of the process environment that a command reads, and what each means."""
    return tuple((name, _VARIABLES[name]) for name in _READ_BY.get(command, ()))
