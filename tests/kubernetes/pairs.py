"""Who may reach whom, at which port: the whole of it. A name is that of a pod's maker; `*` stands for any characters,
`elsewhere` for all that is not in the platform's namespace.

NetworkPolicies are held to this table by test_network.py, each pair of pods and each port.
"""

OF_ALL = (
    ("gateway-web", "intake-web", 8000),
    ("gateway-web", "sessions-web", 8000),
    ("gateway-web", "integration-web", 8000),
    ("gateway-web", "notify-web", 8000),
    ("gateway-web", "*-worker", 9000),  # what operators look at
    ("*-web", "postgres", 5432),
    ("*-worker", "postgres", 5432),
    ("*-migrate-*", "postgres", 5432),
    ("databases-*", "postgres", 5432),
    ("*-worker", "event-log", 9092),
    ("prometheus", "*-web", 9000),
    ("prometheus", "*-worker", 9000),
    ("*", "dns", 53),
)

_KEEPING = (
    ("backup", "postgres", 5432),
    ("backup", "event-log", 9092),  # how far it is at the backup's moment
    ("restore", "postgres", 5432),
    ("restore", "event-log", 9092),
)

_ALONE = (
    *_KEEPING,
    ("internet", "gateway-web", 8000),  # the node's port
    ("private", "gateway-web", 8000),
    ("notify-worker", "mail", 1025),
    ("gateway-web", "mail", 8025),
)

_PRODUCTION = (
    ("way-in", "gateway-web", 8000),
    ("gateway-web", "internet", 443),  # practices' providers of sign-in
    ("notify-worker", "internet", 465),
    ("notify-worker", "internet", 587),
    *_KEEPING,
    ("keda", "event-log", 9092),
    # What operators' pods need among themselves.
    ("postgres", "postgres", 5432),
    ("postgres", "postgres", 8000),
    ("cnpg", "postgres", 5432),
    ("cnpg", "postgres", 8000),
    ("event-log*", "event-log", 9090),
    ("event-log*", "event-log", 9091),
    ("strimzi", "event-log*", 8443),
    ("strimzi", "event-log*", 9090),
    ("strimzi", "event-log*", 9091),
    # The API server and the store of backups, which have no label to know them by.
    ("postgres", "elsewhere", 443),
    ("postgres", "elsewhere", 6443),
    ("event-log*", "elsewhere", 443),
    ("event-log*", "elsewhere", 6443),
)

BESIDE = {
    "local": _ALONE,
    "kind": _ALONE,
    "production": _PRODUCTION,
    "production+traces": (  # with the component `traces`
        *_PRODUCTION,
        ("*-web", "collector", 4318),
        ("*-worker", "collector", 4318),
    ),
}
