// Texts of every kind that a person or a program may send: in many scripts, and at the edges of Unicode. None has white
// space around it, so that trimming leaves each as it is.

/** What may be in a name, a title or another line. */
export const lines: readonly string[] = [
  ...["Grüße", "Ελληνικά", "русский язык", "հայերեն", "ქართული", "עברית", "العربية", "فارسی", "اردو", "ދިވެހި"],
  ...["हिन्दी", "বাংলা", "ਪੰਜਾਬੀ", "ગુજરાતી", "ଓଡ଼ିଆ", "தமிழ்", "తెలుగు", "ಕನ್ನಡ", "മലയാളം", "සිංහල"],
  ...["ไทย", "ລາວ", "မြန်မာ", "ខ្មែរ", "བོད་ཡིག", "አማርኛ", "ᏣᎳᎩ", "ᐃᓄᒃᑎᑐᑦ", "ᠮᠣᠩᠭᠣᠯ", "ⵜⴰⵎⴰⵣⵉⵖⵜ", "ߒߞߏ"],
  ...["漢字", "简体字", "かな カナ", "한국어", "ㄅㄆㄇㄈ", "𐍅𐌿𐌻𐍆𐌹𐌻𐌰", "𞤀𞤣𞤤𞤢𞤥", "𓂀𓃰", "𒀭", "𠜎𠮟"],
  ...["👍", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇺🇳", "👍🏽", "1️⃣", "❤️", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"],
  // Composed and decomposed, wide, in one character: each stays what it was.
  ...["\u00e9", "e\u0301", "Ａ１", "ﬁ", "ﷺ", "Å", "\u212b", `a${"\u0300\u0323".repeat(12)}b`],
  ...["zero\u200bwidth", "a\u200db", "می\u200cخواهم", "soft\u00adhyphen", "a\ufeffb", "a\u2060b", "\u3164x"],
  ...["a\u200e\u200fb", "abc אבג 123", "a\tb", "a\u0001\u0008\u001b[31m\u007fb", "\u001b]0;title\u0007"],
  ...["\ud7ff\ue000", "\u{10000}", "\u{10ffff}", "\uffff", "\ufffe\ufdd0", "\u{1fffe}", "\ufffd", "\uf8ff\u{f0000}"],
  ...["\"'`\\", "\\u0000", "\\ud800", "%s %00 {{x}}", "<script>alert(1)</script>", "'; drop table users; --"],
  ...["null", "__proto__", "0", "-0", "1e999", "=1+1", "../../etc/passwd", "@everyone", "[]", "*", "a".repeat(100)],
];

/** What breaks a line, or turns what stands around it. */
export const unruly: readonly string[] = [
  ...["\u202eright to left\u202c", "\u2067abc\u2069!", "a\nb", "a\r\nb", "a\u2028b\u2029c", "a\u0085b"],
];

/** What is stored, found and returned as it was sent, wherever there is free text. */
export const keepable: readonly string[] = [...lines, ...unruly];

/** What can't be stored as it is. */
export const faulty: readonly string[] = [
  ...[
    "\0",
    "a\0",
    "\0a",
    "a\0b",
    "\ud800",
    "\udc00",
    "a\ud83d",
    "\ude00a",
    "\udc00\ud800",
    "\ud83d\ud83d\ude00",
    "\udbff\0",
  ],
];

/** Something, but nothing to be seen. */
export const invisible: readonly string[] = [
  ...[" ", "\t\n", "\u00a0", "\u3000", "\u200b", "\u200d\u2060", "\ufeff", "\u3164", "\u115f\u1160", "\u00ad"],
  ...["\u202e", "\u2066\u2069", "\u0007", "\ufe0f", "\u{e0001}", "\u180e", "\u2800"],
  ...[
    "\uffa0",
    "\u{e0067}\u{e007f}",
    "\u034f",
    "\u{1d173}",
    "\u{1d159}",
    "\ufff9\ufffb",
    "\u{e0100}",
    "\u17b4",
    "\u061c",
  ],
];
