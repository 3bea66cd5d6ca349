"""The Jobs that keep and bring back: what they ask for, which secrets they see, and that none runs by itself."""

import pytest

from deploy.installation.apart import needs
from deploy.installation.roles import ADMIN
from deploy.local.backup import commands
from deploy.local.backup.keeping import Keep
from tests.kubernetes.rendered import OVERLAYS, Manifest, Pods, pods

_OF_ADMIN = f"password_{ADMIN}"


def keeping(overlay: str) -> dict[str, Pods]:
    found = {one.name: one for one in pods(overlay) if one.kind == "CronJob"}
    assert found.keys() == {"backup", "restore"}
    return found


def secrets(one: Pods) -> dict[str, set[str]]:
    """Volume → the secrets that lie in it, each under its own name."""
    found = {}
    for volume in one.spec["volumes"]:
        if "secret" in volume:
            items = volume["secret"]["items"]  # named one by one: a Secret that grows shows nothing new here
            assert all(item["key"] == item["path"] for item in items)
            found[volume["name"]] = {item["key"] for item in items}
            assert len(items) == len(found[volume["name"]])
    return found


def mounts(container: Manifest) -> dict[str, Manifest]:
    return {one["name"]: one for one in container["volumeMounts"]}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_each_has_the_secrets_that_it_needs_and_no_other(overlay: str) -> None:
    found = keeping(overlay)
    for name, one in found.items():
        assert secrets(one)["admin"] == {_OF_ADMIN}
        assert set().union(*secrets(one).values()) == set(needs()[name].values())
        [init] = one.spec["initContainers"]
        assert mounts(init).keys() == {"admin", "tmp"}
    assert secrets(found["backup"]).keys() == {"admin"}  # keys and backups never lie together


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_backup_changes_no_ledger_and_a_restore_reads_its_backup(overlay: str) -> None:
    found = keeping(overlay)
    assert mounts(found["backup"].main)["outside"]["readOnly"] is True
    assert "readOnly" not in mounts(found["restore"].main)["outside"]
    assert "readOnly" not in mounts(found["backup"].main)["backups"]
    assert mounts(found["restore"].main)["backups"]["readOnly"] is True
    claims = {
        volume["name"]: volume["persistentVolumeClaim"]["claimName"]
        for one in found.values()
        for volume in one.spec["volumes"]
        if "persistentVolumeClaim" in volume
    }
    assert claims == {"backups": "backups", "outside": "outside"}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_backups_are_made_nightly_and_a_restore_never_by_itself(overlay: str) -> None:
    found = keeping(overlay)
    backup, restore = (found[name].owner["spec"] for name in ("backup", "restore"))
    assert backup["schedule"] == "15 1 * * *"
    assert not backup.get("suspend", False)
    assert restore["suspend"] is True
    assert restore["jobTemplate"]["spec"]["backoffLimit"] == 0
    for spec in (backup, restore):
        assert spec["concurrencyPolicy"] == "Forbid"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_they_are_told_is_what_the_program_takes(overlay: str) -> None:
    for name, one in keeping(overlay).items():
        assert one.spec["initContainers"][0]["args"] == ["await", "admin"]
        command, folder, *options = one.main["args"]
        assert command == name
        # Refuses what it does not know.
        context = getattr(commands, command).make_context(command, [folder, *options])
        assert str(context.params["folder"]) == ("/backups" if name == "backup" else "/backups/$(BACKUP)")
        at = {mount["name"]: mount["mountPath"] for mount in one.main["volumeMounts"]}
        assert str(context.params["data"]) == at["outside"] == "/outside"
        if name == "backup":
            assert context.params["dated"]
            assert context.params["keep"] == Keep(days=7, weeks=4, months=12)
        else:
            assert str(context.params["keys"]) == at["keys"]
            assert context.params["by"] == "$(POD)"
        given = {variable["name"]: variable.get("value") for variable in one.main["env"]}
        assert given["ATTUNE_ADMIN_DATABASE_PASSWORD_FILE"] == f"{at['admin']}/{_OF_ADMIN}"
