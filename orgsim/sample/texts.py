"""Subjects and comments as salespeople everywhere write them, and as they break software."""

from __future__ import annotations

import random

SUBJECT_UNITS = 255
COMMENT_UNITS = 32_000

PLAIN = (
    "Call about the renewal",
    "Send the revised quote",
    "Prepare the quarterly review",
    "Follow up after the demo",
    "Ask legal for the signed NDA",
    "Book a room for the workshop",
    "Check the open invoice",
    "Introduce the new account manager",
    "Confirm the delivery date",
    "Thank them for the referral",
    "Share the case study",
    "Plan the site visit",
)
SCRIPTS = {
    "Adlam": "𞤐𞤮𞤣𞤣𞤵 𞤭𞤩𞤪𞤢",
    "Arabic": "الاتصال بالعميل بشأن تجديد العقد",
    "Armenian": "Զանգահարել հաճախորդին պայմանագրի համար",
    "Bengali": "চুক্তি নবায়নের জন্য গ্রাহককে ফোন করুন",
    "Burmese": "ဖောက်သည်ကို ဖုန်းခေါ်ပါ",
    "Cherokee": "ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ",
    "Chinese": "致电客户讨论续约事宜",
    "Coptic": "ⲙⲟⲩⲧⲉ ⲉⲡⲣⲱⲙⲉ",
    "Cyrillic": "Позвонить клиенту о продлении договора",
    "Devanagari": "ग्राहक को नवीनीकरण के लिए फ़ोन करें",
    "Egyptian": "𓂀 𓋹 𓁈 follow up",
    "Ethiopic": "ለደንበኛው ስለ ውሉ ይደውሉ",
    "Georgian": "დაურეკეთ კლიენტს ხელშეკრულებაზე",
    "Gothic": "𐌷𐌰𐌹𐍄𐌰𐌽 𐌲𐌰𐍃𐍄",
    "Greek": "Τηλεφώνημα στον πελάτη για την ανανέωση",
    "Gujarati": "ગ્રાહકને કરાર માટે ફોન કરો",
    "Gurmukhi": "ਗਾਹਕ ਨੂੰ ਫ਼ੋਨ ਕਰੋ",
    "Hangul": "계약 갱신을 위해 고객에게 전화하기",
    "Hebrew": "להתקשר ללקוח לגבי חידוש החוזה",
    "Japanese": "契約更新についてお客様へ電話する",
    "Kannada": "ಒಪ್ಪಂದಕ್ಕಾಗಿ ಗ್ರಾಹಕರಿಗೆ ಕರೆ ಮಾಡಿ",
    "Katakana": "ﾊﾝｶｸｶﾀｶﾅ と フリガナ の確認",
    "Khmer": "ហៅទៅអតិថិជនអំពីកិច្ចសន្យា",
    "Lao": "ໂທຫາລູກຄ້າກ່ຽວກັບສັນຍາ",
    "Latin": "Žluťoučký kůň: smlouvu poslat až v pátek – naïve façade, Ærøskøbing, ẞtraße, İstanbul",
    "Malayalam": "കരാർ പുതുക്കാൻ ഉപഭോക്താവിനെ വിളിക്കുക",
    "Maori": "Me waea atu ki te kiritaki mō te whakahou kirimana",
    "Mathematical": "𝒬𝓊𝒶𝓇𝓉𝑒𝓇𝓁𝓎 𝓇𝑒𝓋𝒾𝑒𝓌 ∑ ≠ ∞",
    "Mongolian": "ᠬᠡᠷᠡᠭᠯᠡᠭᠴᠢ",
    "Nko": "ߞߊ߬ ߥߟߏ߫ ߕߌ߭",
    "Ogham": "᚛ᚁᚂᚃ᚜",
    "Oriya": "ଗ୍ରାହକଙ୍କୁ ଫୋନ କରନ୍ତୁ",
    "Persian": "تماس با مشتری دربارهٔ تمدید می\u200cشود",
    "Runic": "ᚠᚢᚦᚨᚱᚲ",
    "Sinhala": "ගනුදෙනුකරුට කතා කරන්න",
    "Syriac": "ܩܪܝ ܠܙܒܘܢܐ",
    "Tamil": "வாடிக்கையாளரை அழைக்கவும்",
    "Telugu": "ఒప్పందం కోసం వినియోగదారునికి కాల్ చేయండి",
    "Thaana": "ކަސްޓަމަރަށް ގުޅުން",
    "Thai": "โทรหาลูกค้าเรื่องต่อสัญญา",
    "Tibetan": "ཚོང་པར་ཁ་པར་གཏོང་བ།",
    "Tifinagh": "ⵙⵙⵉⵡⵍ ⵉ ⵓⵎⵙⴰⵖ",
    "Urdu": "گاہک کو معاہدے کے بارے میں فون کریں",
    "Vietnamese": "Gọi khách hàng về việc gia hạn hợp đồng",
    "Yiddish": "אָנקלינגען דעם קליענט",
}
FAMILY = "👩\u200d👩\u200d👧\u200d👦"
"""Four people joined to one grapheme: 11 UTF-16 units that may not be cut apart."""

EMOJI = {
    "family": f"Visit the Okafor family {FAMILY} in person",
    "flags": "Trade fair 🇳🇿 🇯🇵 🇩🇪 🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f: pick a booth",
    "skin tones": "Handshake 🤝🏽 then 👍🏿👍🏻 from both sides",
    "keycaps": "Press 1\ufe0f\u20e3 2\ufe0f\u20e3 #\ufe0f\u20e3 on their phone menu",
    "profession": "Ask the engineer 👩🏾\u200d💻 and the judge 🧑\u200d⚖\ufe0f",
    "rainbow": "Pride sponsorship 🏳\ufe0f\u200d🌈 ❤\ufe0f\u200d🔥",
    "only": "🎉🎉🎉",
}
MARKS = {
    "decomposed": "Cafe\u0301 meeting with Zoe\u0308 and A\u030angstro\u0308m",
    "stacked": "Z\u0351\u036b\u0343a\u0489\u0328\u0334l\u0344\u030ag\u0327o\u0321\u031b note from marketing",
    "jamo": "\u1100\u1161\u11a8 \u1112\u1161\u11ab decomposed Hangul",
    "vietnamese": "Go\u0323i kha\u0301ch ha\u0300ng",
    "devanagari": "क्षेत्रीय प्रबंधक: र\u094dज\u094dञ",
    "thai": "ที่ปรึกษา น้ำผึ้ง",
}
DIRECTIONS = {
    "mixed": "Call משה כהן at 09:30 (ext. 42)",
    "arabic digits": "فاتورة رقم ١٢٣٤٥ (INV-12345)",
    "isolate": "File \u2067report_\u05d0\u2069.pdf for review",
    "override": "Invoice \u202etxt.exe\u202c please check",
    "mark first": "\u200fסיכום פגישה: Q3 roadmap",
}
AWKWARD = (
    "O'Brien & Sons <b>urgent</b>",
    "{{activity_subject}} from the old template",
    '=HYPERLINK("https://example.com","open")',
    "Robert'); DROP TABLE reminders;--",
    "50% off_everything \\ backslash \\n",
    "<script>alert('subject')</script>",
    "null",
    "Re: Re: Fwd: Re: call",
    "Double  spaces   inside\u00a0and\u2003wide ones",
    "Zero\u200bwidth\u2060joins\ufeffhere",
    "İstanbul ıspanak: Turkish dots",
    "٠١٢ / 零一二 / ०१२",
)
STRANGE = (
    *SCRIPTS.values(),
    *EMOJI.values(),
    *MARKS.values(),
    *DIRECTIONS.values(),
    *AWKWARD,
)


def utf16_units(text: str) -> int:
    """Return the length of `text` as Salesforce and browsers count it."""
    return len(text.encode("utf-16-le")) // 2


def longest_subjects() -> tuple[str, ...]:
    """Return Subjects of exactly 255 UTF-16 units, the last ones ending in an emoji at the very limit."""
    return (
        _padded("Longest allowed: ", "abcdefghij ", ""),
        _padded("最長の件名：", "漢字かな交じり文", ""),
        _padded("الأطول: ", "كلمة ", "نهاية"),
        _padded("Emoji at the limit ", "filler text ", "🎯"),
        _padded("Family at the limit ", "filler text ", FAMILY),
    )


def _padded(head: str, filler: str, tail: str) -> str:
    room = SUBJECT_UNITS - utf16_units(head) - utf16_units(tail)
    body = (filler * room)[:room]
    # A blank at the end would be trimmed by the platform and make the text shorter than promised.
    return head + (body if tail or not body.endswith(" ") else body[:-1] + ".") + tail


def long_comments() -> tuple[str, ...]:
    """Return comments with CRLF line ends, of 32,000 UTF-16 units or a little less."""
    return (
        _filled("Minutes of the meeting, line {n}: price, volume and dates agreed.\r\n", COMMENT_UNITS),
        _filled("議事録 {n} 行目：価格と数量について合意。\r\n", COMMENT_UNITS - 1),
        _filled("سطر {n}: تم الاتفاق على السعر والكمية.\r\n", COMMENT_UNITS - 40),
        _filled("Line {n} 👩\u200d💻 said 👍🏽 to the offer\r\n\r\n", COMMENT_UNITS - 7),
    )


def _filled(line: str, units: int) -> str:
    lines: list[str] = []
    room = units
    while True:
        following = line.format(n=len(lines) + 1)
        if utf16_units(following) > room:
            return "".join(lines) + "." * room
        lines.append(following)
        room -= utf16_units(following)


COMMENTS = (
    "Spoke to the assistant; call back after lunch.",
    "First line\r\nsecond line\r\n\r\nfourth line",
    "Unix\nline\nends",
    "Old\rMac\rline ends, then\r\nWindows",
    "Bullet list:\r\n• one\r\n• two\r\n\t– nested",
    "See https://example.com/path?a=1&b=%20#fragment and mail ada@example.com",
    "<p>Pasted <b>HTML</b> &amp; entities</p>",
    "He said \"yes\", she said 'no' \\ maybe",
    "多言語：English, العربية, עברית, हिन्दी, 한국어 👨\u200d👩\u200d👧",
    "שורה ראשונה\r\nשורה שנייה (line two)\r\n١٢٣",
    "a" * 255,
    "{{activity_type}} {{call_outcome}}",
    "-- \r\nSent from my phone",
)


def subject(chance: random.Random) -> str:
    """Return an everyday or a strange Subject."""
    if chance.random() < 0.35:  # noqa: PLR2004 the share of strange ones
        return chance.choice(STRANGE)
    return f"{chance.choice(PLAIN)} {chance.randrange(1, 5000)}"


def comment(chance: random.Random) -> str | None:
    """Return a comment, or None as often as salespeople leave it empty."""
    return chance.choice(COMMENTS) if chance.random() < 0.55 else None  # noqa: PLR2004 the share with one
