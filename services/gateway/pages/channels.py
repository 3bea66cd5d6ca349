"""The five channels of the journal: in which words and with which picture they are shown."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Channel:
    """`heading` and `hint` are keys of texts."""

    name: str
    heading: str
    hint: str
    picture: str


CHANNELS = (
    Channel("feelings", "channel_feelings", "channel_feelings_hint", "heart"),
    Channel("thoughts", "channel_thoughts", "channel_thoughts_hint", "message-circle"),
    Channel("images", "channel_images", "channel_images_hint", "image"),
    Channel("sensations", "channel_sensations", "channel_sensations_hint", "hand"),
    Channel("beliefs", "channel_beliefs", "channel_beliefs_hint", "sprout"),
)
BY_NAME = {channel.name: channel for channel in CHANNELS}
