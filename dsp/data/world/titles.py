"""Titles of works by rank, and the words that organisations and places are told apart by."""

from __future__ import annotations

from dsp.data.world.dice import Scatter


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


NOUNS = _words(
    """Lantern Harbour Orchard Mirror Winter Garden River Tower Letter Shadow Clock Bridge Island Storm Candle
    Stair Window Forest Needle Anchor Comet Violin Compass Feather Furnace Glacier Horizon Ladder Meadow Moth
    Oar Pearl Quarry Raven Saddle Thistle Umbrella Valley Whistle Ash Bell Carousel Dune Ember Ferry Gallows
    Heron Inkwell Juniper Kite Lighthouse Mask Nightingale Oath Palace Quilt Road Salt Telescope Vineyard Wolf
    Almanac Bonfire Cathedral Drum Eclipse Fountain Gate Hourglass Ivy Key Labyrinth Mill Nest Observatory
    Prison Reed Sparrow Tide Veil Well Map Bride Flood Circus Debt Frost Ghost Hunger Ice Judge Kingdom Loom
    March Ocean Pilgrim Rain Silence Train Wake Wound Summer Threshold Cradle Crown Desert Elm Falcon Grave
    Hearth Iron Jewel Knot Lake Monsoon North Opal Plough Rose Snow Thunder Voyage Willow Archive Balcony Cellar
    Dawn Echo Fever Glass Hill"""
)
ADJECTIVES = _words(
    """Silent Amber Broken Last Distant Hollow Burning Crimson Forgotten Golden Hidden Idle Little Long Lost
    Midnight Narrow Northern Old Pale Patient Quiet Restless Scarlet Second Secret Seventh Sleeping Slow
    Southern Stolen Strange Sunken Tall Third Unfinished Velvet Wandering White Wild Winding Wooden Black Bitter
    Blind Bright Buried Careful Cold Copper Crooked Dark Drowned Early Empty Endless Faithful Final Foreign
    Frozen Gentle Green Grey Heavy Honest Iron Jealous Late Light Lonely Marble Nameless Painted Proud Ragged
    Red Royal Rusted Salted Sharp Silver Solemn Stony Tender Thousandth Trembling Twelfth Upright Vanished
    Violet Weary Western Yellow"""
)
MAKERS = _words(
    """Clockmaker Ferryman Gardener Glassblower Lamplighter Mapmaker Miller Night-Watchman Organist Piper Quarryman
    Ropemaker Sailmaker Shepherd Surgeon Tailor Usher Vintner Weaver Archivist Baker Beekeeper Bellringer
    Bookbinder Carpenter Chandler Cooper Diver Dyer Engraver Falconer Fiddler Gambler Gravedigger Harpist Herald
    Innkeeper Jeweller Juggler Locksmith Mason Merchant Midwife Notary Painter Pilot Potter Printer Puppeteer
    Ranger Saddler Sculptor Smuggler Stonecutter Tinker Translator Vicar Widow Witness Apothecary"""
)
SITES = _words(
    """Lighthouse Winter Bridge Summer Night House Ferry Garden Inquest Wedding Trial Siege Carnival Market Funeral
    Station Orchard Harbour Feast Strike"""
)
_STYLES = 3


class Titles:
    """Titles of one world's works: the same rank gives the same title, different ranks different titles."""

    def __init__(self, seed: int) -> None:
        self._plain = Scatter(len(ADJECTIVES) * len(NOUNS), seed, 21)
        self._pairs = Scatter(len(NOUNS) * (len(NOUNS) - 1), seed, 22)
        self._makers = Scatter(len(MAKERS) * len(NOUNS), seed, 23)

    def title(self, rank: int) -> str:
        number, style = divmod(rank, _STYLES)
        return (self._adjective_noun, self._two_nouns, self._makers_noun)[style](number)

    def _adjective_noun(self, number: int) -> str:
        """The Silent Harbour; when those run out, Oath of the Silent Harbour."""
        page, rest = divmod(number, self._plain.n)
        noun, adjective = divmod(self._plain(rest), len(ADJECTIVES))
        title = f"{ADJECTIVES[adjective]} {NOUNS[noun]}"
        return f"The {title}" if page == 0 else f"{NOUNS[page - 1]} of the {title}"

    def _two_nouns(self, number: int) -> str:
        """Salt and Thunder; when those run out, Bitter Salt and Thunder."""
        page, rest = divmod(number, self._pairs.n)
        first, step = divmod(self._pairs(rest), len(NOUNS) - 1)
        title = f"{NOUNS[first]} and {NOUNS[(first + 1 + step) % len(NOUNS)]}"
        return title if page == 0 else f"{ADJECTIVES[page - 1]} {title}"

    def _makers_noun(self, number: int) -> str:
        """The Weaver's Comet; when those run out, The Weaver's Pale Comet."""
        page, rest = divmod(number, self._makers.n)
        noun, maker = divmod(self._makers(rest), len(MAKERS))
        between = "" if page == 0 else f"{ADJECTIVES[page - 1]} "
        return f"The {MAKERS[maker]}'s {between}{NOUNS[noun]}"
