"""The languages of Snowball's stemmers: `german`, `french`, `russian` and so on.

Words in lower case, the language's stop words out, its stems, and only then accents folded: in these languages an
accent may be all that tells two words or two endings apart, so stop words and stems must see it. Texts are first put in
Unicode's form KC: wide letters, ligatures and presentation forms become the letters they stand for.

Stop words are tantivy's lists, Snowball's own; for languages without one there, the commonest function words. Tamil's
vowel killer does not end a word, and Turkish's dotted and dotless i are told apart as in that language.
"""

from __future__ import annotations

from collections.abc import Mapping

from indexes.analyzers.native import NativeAnalyzer

_ARABIC = (
    "في من على إلى عن مع هذا هذه ذلك تلك التي الذي الذين ما لا لم لن إن أن كان كانت هو هي هم و أو ثم قد كل بعد قبل"
    " بين عند"
)
_GREEK = (
    "ο η το οι τα του της των τον την τους τις ένα ένας μια και ή να θα με σε για από προς στο στη στην στον στα στις"
    " στους που ότι δεν μη μην είναι ήταν αυτό αυτός αυτή ως κατά μετά παρά αλλά αν"
)
_ROMANIAN = (
    "un o al ai ale a și sau dar de la în din pe cu pentru prin ca că să nu este sunt era au are fi fost se sa lor lui"
    " ei el ea ei ele care ce cel cea cei cele acest această acesta aceasta mai după între spre"
)
_TAMIL = "ஒரு என்று மற்றும் இந்த இது அந்த அது என என்ற என்பது உள்ள ஆகும் அவர் அவள் அவன் நான் நீ தான் போல மேலும் பின்னர் கொண்ட"
_TURKISH = (
    "ve veya ya da de bir bu şu o ile için gibi kadar ama fakat ki ne mi mı mu mü ise en çok daha her olan olarak oldu"
    " değil ben sen biz siz onlar sonra önce göre"
)


def _listed(language: str) -> NativeAnalyzer:
    return NativeAnalyzer(language, listed=language, stemmer=language, form="NFKC", folds_last=True)


def _unlisted(
    language: str, words: str, *, keeps_marks: bool = False, letters: Mapping[str, str] | None = None
) -> NativeAnalyzer:
    return NativeAnalyzer(
        language,
        stop_words=words.split(),
        stemmer=language,
        form="NFKC",
        folds_last=True,
        keeps_marks=keeps_marks,
        letters=letters,
    )


ARABIC = _unlisted("arabic", _ARABIC)
DANISH = _listed("danish")
DUTCH = _listed("dutch")
FINNISH = _listed("finnish")
FRENCH = _listed("french")
GERMAN = _listed("german")
GREEK = _unlisted("greek", _GREEK)
HUNGARIAN = _listed("hungarian")
ITALIAN = _listed("italian")
NORWEGIAN = _listed("norwegian")
PORTUGUESE = _listed("portuguese")
ROMANIAN = _unlisted("romanian", _ROMANIAN)
RUSSIAN = _listed("russian")
SPANISH = _listed("spanish")
SWEDISH = _listed("swedish")
TAMIL = _unlisted("tamil", _TAMIL, keeps_marks=True)
TURKISH = _unlisted("turkish", _TURKISH, letters={"İ": "i", "I": "ı"})
