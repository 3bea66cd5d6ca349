"""What operators are told fits together: every name that one object says is another's.

Their schemas are not kept here. All fields were held against those of KEDA, Strimzi 1.2, CloudNativePG and its Barman
Cloud plugin, External Secrets, Gateway API and the Prometheus Operator, as of 2026-08.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from tests.kubernetes.rendered import SERVICES, Manifest, named, of_kind, pods

PRODUCTION = "production"


def test_the_databases_and_backups_are_of_the_cluster_there_is() -> None:
    [cluster] = of_kind(PRODUCTION, "Cluster")
    databases = of_kind(PRODUCTION, "Database")
    assert {one["spec"]["name"] for one in databases} == {f"attune_{service}" for service in SERVICES}
    for one in databases:
        assert one["spec"]["cluster"] == {"name": cluster["metadata"]["name"]}
        assert (
            one["spec"]["databaseReclaimPolicy"] == "retain"
        )  # an object deleted by mistake deletes no data
    [plugin] = cluster["spec"]["plugins"]
    [store] = of_kind(PRODUCTION, "ObjectStore")
    assert plugin["parameters"]["barmanObjectName"] == store["metadata"]["name"]
    [backup] = of_kind(PRODUCTION, "ScheduledBackup")
    assert backup["spec"]["cluster"] == {"name": cluster["metadata"]["name"]}
    assert backup["spec"]["pluginConfiguration"]["name"] == plugin["name"]
    assert len(backup["spec"]["schedule"].split()) == 6
    assert cluster["spec"]["instances"] == 3
    assert cluster["spec"]["postgresql"]["synchronous"]["dataDurability"] == "required"


def test_each_secret_that_something_names_comes_from_the_store() -> None:
    made = {one["spec"]["target"]["name"] for one in of_kind(PRODUCTION, "ExternalSecret")}
    assert all(
        one["spec"]["target"]["deletionPolicy"] == "Retain" for one in of_kind(PRODUCTION, "ExternalSecret")
    )
    assert set(secrets()) == made
    [gateway] = of_kind(PRODUCTION, "Gateway")
    certificates = [
        one["name"] for listener in gateway["spec"]["listeners"]
        for one in listener.get("tls", {}).get("certificateRefs", [])
    ]  # fmt: skip
    assert certificates == ["attune-tls"]  # whoever issues certificates makes it


def secrets() -> Iterator[str]:
    for one in pods(PRODUCTION):
        for volume in one.spec["volumes"]:
            if "secret" in volume:
                yield volume["secret"]["secretName"]
    cluster = named(PRODUCTION, "Cluster", "postgres")["spec"]
    yield cluster["superuserSecret"]["name"]
    credentials = of_kind(PRODUCTION, "ObjectStore")[0]["spec"]["configuration"]["s3Credentials"]
    for one in credentials.values():
        yield one["name"]


def test_the_way_in_ends_at_the_gateway_and_is_called_what_people_call_it() -> None:
    [gateway] = of_kind(PRODUCTION, "Gateway")
    listeners = {one["name"]: one for one in gateway["spec"]["listeners"]}
    assert listeners["https"]["tls"]["mode"] == "Terminate"
    routes = {one["metadata"]["name"]: one["spec"] for one in of_kind(PRODUCTION, "HTTPRoute")}
    for spec in routes.values():
        [parent] = spec["parentRefs"]
        assert parent["name"] == gateway["metadata"]["name"]
        assert spec["hostnames"] == [listeners[parent["sectionName"]]["hostname"]]
    [rule] = routes["attune"]["rules"]
    [backend] = rule["backendRefs"]
    service = named(PRODUCTION, "Service", backend["name"])
    assert backend["port"] in [port["port"] for port in service["spec"]["ports"]]
    [filtered] = routes["attune-to-https"]["rules"][0]["filters"]
    assert filtered["requestRedirect"] == {"scheme": "https", "statusCode": 301}
    url = urlsplit(settings()["ATTUNE_PUBLIC_URL"])
    assert (url.scheme, url.hostname) == ("https", listeners["https"]["hostname"])


def test_the_event_log_is_where_workers_look_for_it() -> None:
    kafka = named(PRODUCTION, "Kafka", "event-log")
    [listener] = kafka["spec"]["kafka"]["listeners"]
    assert settings()["ATTUNE_EVENT_LOG_URL"] == f"kafka://event-log-kafka-bootstrap:{listener['port']}"
    assert settings()["POSTGRES"] == f"{named(PRODUCTION, 'Cluster', 'postgres')['metadata']['name']}-rw:5432"
    assert "userOperator" not in kafka["spec"]["entityOperator"]  # nobody signs in there: see the docs


def settings() -> Manifest:
    [found] = of_kind(PRODUCTION, "ConfigMap")
    return dict(found["data"])
