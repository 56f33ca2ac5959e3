"""Invented languages: how the names of a country's people and places sound.

A name is onset + vowels + middle + ending. Onsets and middles hold consonants alone, vowels vowels alone,
and an ending starts with a vowel: so a name can be taken apart in one way only, and different parts make
different names. No two languages share an ending of one kind: so names never clash across languages
either."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """The parts of names; `country` endings come with the ending of the adjective."""

    onsets: tuple[str, ...]
    vowels: tuple[str, ...]
    middles: tuple[str, ...]
    family: tuple[str, ...]
    woman: tuple[str, ...]
    man: tuple[str, ...]
    place: tuple[str, ...]
    country: tuple[tuple[str, str], ...]


def _language(
    onsets: str, vowels: str, middles: str, family: str, woman: str, man: str, place: str, country: str
) -> Language:
    def parts(text: str) -> tuple[str, ...]:
        return tuple(text.split())

    pairs = tuple((noun, adjective) for noun, _, adjective in (pair.partition(":") for pair in country.split()))
    return Language(
        parts(onsets), parts(vowels), parts(middles), parts(family), parts(woman), parts(man), parts(place), pairs
    )


LANGUAGES: tuple[Language, ...] = (
    _language(
        "b br d dr f fl fr g gr h hj k kl kr l m n r s sk sl st sv t tr v",
        "a e i o u ö aa ei",
        "l ld lk ll lm lv m n nd ng nk nn r rd rk rl rm rn rs rv sk st t gg",
        "ersen arsson elund estad orud erman esund askog",
        "a ild ine unn",
        "ar e ulf ik",
        "adal eby uvik astad olmen ehavn anes ifoss",
        "emark:emarkian aland:alandic",
    ),
    _language(
        "b c cl d f fl g gl gr l m n p pr r s sp t tr v z st br",
        "a e i o u ia au",
        "l ll lv m n nn nd nt r rr rd rt rm s ss st t tt v z sc lb",
        "ini elli ucci ardo etti asca orno anzi",
        "ina ella etta ora",
        "o ino ello io",
        "ano enza ona esca izzo ale ora ocelli",
        "uria:urian entia:entine",
    ),
    _language(
        "b bl br ch d dr g gl gr k kr kv l m ml n p pr r s sl sm st t tr v vl z",
        "a e i o u ya",
        "b d g k l lk lm m n nk r rv s sk sl st t tk v vr z zn",
        "ovic enko ovsky anov arin ulak ishin echek",
        "ana enka ila usha",
        "an imir oslav ek",
        "ograd ovo itsa avka ensk opol yna uvets",
        "ovia:ovian estan:estani",
    ),
    _language(
        "b c d f g h j l ll m n p r s t v x z br cr dr gr",
        "a e i o u ue ie",
        "b d g l lv m n nd nz r rr rd rt rz s st t v z ch rc",
        "ez ado ueda aldo ejo iente osa uelo",
        "ita ada encia el",
        "os ero iel ancio",
        "illa ejada aga onte uera ares eira osto",
        "anza:anzan iedo:iedan",
    ),
    _language(
        "b bl br c cl cr d dr f fl g gl gr gw k l ll m n p pr r rh s t tr",
        "a e i o u y ae",
        "b d dd dr ff l ll lw m n nn nt r rd rg rn rth s t th w wn",
        "allan eddoch ogan urrow eaghan igwyn ennick avell",
        "olwen eth yra een",
        "in ach yd or",
        "allow inver aber eford ogwyn arloch ennan osk",
        "eria:erian onwy:onwyan",
    ),
    _language(
        "b ch d f g h j k kh l m n p q r s sh t v z",
        "a e i o u ai",
        "b d f g h k l lt m n nd q r rd rm rz s sh t v z zr",
        "oglu azadeh emir ahan ulan ishvar abek erci",
        "een aneh ira oshan",
        "ur az eem id",
        "abad ushehr istan akent uzar emiz iqand ovar",
        "aran:arani oresh:oreshi",
    ),
    _language(
        "b ch d f g h j k l m n p r s sh t ts w z hw",
        "a e i o u ao iu",
        "b d g j k l m n nd ng nj nk nt r s sh t ts z mp",
        "amoto eda uchi asaki oyama inaga uraki oshiro",
        "iko umi aeko isa",
        "oto uro aki eji",
        "awa ezaki ushima iyama okura asato einan utsu",
        "onshu:onshuan ayan:ayanese",
    ),
    _language(
        "d f g h k l m n p r s t v w mb nd ng z b",
        "a e i o u ua oa",
        "b d f g h k l m mb n nd ng p r s t v w z nj",
        "akele ombe uanga imwe elani otua avale umoa",
        "alei oni ima utea",
        "eko amo uani okoa",
        "ambara onga elele uvale inoa atoa omaku ewani",
        "umbia:umbian atonga:atongan",
    ),
)
