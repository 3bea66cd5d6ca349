"""What every test may ask for. Each fixture lives beside the thing it starts; this file stays a list."""

from tests.loglines import be_quiet

pytest_plugins = ["tests.kafka.fixtures", "tests.postgres.fixtures", "tests.world.fixtures"]

be_quiet()
