// The scripts of the world, and which letters may stand beside each other in one name: what Unicode's standard 39 calls
// "highly restrictive". So no Cyrillic "а" can stand for a Latin "a" in it, or the like. Pure.

/** Those that Unicode has beyond this list count as one. */
const SCRIPTS = [
  ...["Adlam", "Ahom", "Anatolian_Hieroglyphs", "Arabic", "Armenian", "Avestan", "Balinese", "Bamum", "Bassa_Vah"],
  ...["Batak", "Bengali", "Bhaiksuki", "Bopomofo", "Brahmi", "Braille", "Buginese", "Buhid", "Canadian_Aboriginal"],
  ...["Carian", "Caucasian_Albanian", "Chakma", "Cham", "Cherokee", "Chorasmian", "Coptic", "Cuneiform", "Cypriot"],
  ...["Cypro_Minoan", "Cyrillic", "Deseret", "Devanagari", "Dives_Akuru", "Dogra", "Duployan"],
  ...["Egyptian_Hieroglyphs", "Elbasan", "Elymaic", "Ethiopic", "Garay", "Georgian", "Glagolitic", "Gothic"],
  ...["Grantha", "Greek", "Gujarati", "Gunjala_Gondi", "Gurmukhi", "Gurung_Khema", "Han", "Hangul"],
  ...["Hanifi_Rohingya", "Hanunoo", "Hatran", "Hebrew", "Hiragana", "Imperial_Aramaic", "Inscriptional_Pahlavi"],
  ...["Inscriptional_Parthian", "Javanese", "Kaithi", "Kannada", "Katakana", "Kawi", "Kayah_Li", "Kharoshthi"],
  ...["Khitan_Small_Script", "Khmer", "Khojki", "Khudawadi", "Kirat_Rai", "Lao", "Latin", "Lepcha", "Limbu"],
  ...["Linear_A", "Linear_B", "Lisu", "Lycian", "Lydian", "Mahajani", "Makasar", "Malayalam", "Mandaic"],
  ...["Manichaean", "Marchen", "Masaram_Gondi", "Medefaidrin", "Meetei_Mayek", "Mende_Kikakui", "Meroitic_Cursive"],
  ...["Meroitic_Hieroglyphs", "Miao", "Modi", "Mongolian", "Mro", "Multani", "Myanmar", "Nabataean", "Nag_Mundari"],
  ...["Nandinagari", "New_Tai_Lue", "Newa", "Nko", "Nushu", "Nyiakeng_Puachue_Hmong", "Ogham", "Ol_Chiki", "Ol_Onal"],
  ...["Old_Hungarian", "Old_Italic", "Old_North_Arabian", "Old_Permic", "Old_Persian", "Old_Sogdian"],
  ...["Old_South_Arabian", "Old_Turkic", "Old_Uyghur", "Oriya", "Osage", "Osmanya", "Pahawh_Hmong", "Palmyrene"],
  ...["Pau_Cin_Hau", "Phags_Pa", "Phoenician", "Psalter_Pahlavi", "Rejang", "Runic", "Samaritan", "Saurashtra"],
  ...["Sharada", "Shavian", "Siddham", "SignWriting", "Sinhala", "Sogdian", "Sora_Sompeng", "Soyombo", "Sundanese"],
  ...["Sunuwar", "Syloti_Nagri", "Syriac", "Tagalog", "Tagbanwa", "Tai_Le", "Tai_Tham", "Tai_Viet", "Takri", "Tamil"],
  ...["Tangsa", "Tangut", "Telugu", "Thaana", "Thai", "Tibetan", "Tifinagh", "Tirhuta", "Todhri", "Toto"],
  ...["Tulu_Tigalari", "Ugaritic", "Vai", "Vithkuqi", "Wancho", "Warang_Citi", "Yezidi", "Yi", "Zanabazar_Square"],
];
/** Chinese, Japanese and Korean are written in several scripts, and with Latin among them. */
const WRITTEN_TOGETHER = [
  ["Latin", "Han", "Hiragana", "Katakana"],
  ["Latin", "Han", "Bopomofo"],
  ["Latin", "Han", "Hangul"],
];
const classOf = (scripts: readonly string[]) => scripts.map((script) => `\\p{scx=${script}}`).join("");
/** What the letters of one name may be; those written most come first. */
const WRITINGS = [
  ...[["Latin"], ...WRITTEN_TOGETHER, ...SCRIPTS.map((script) => [script])].map(
    (scripts) => `[${classOf(["Common", "Inherited", ...scripts])}]`,
  ),
  `[^${classOf(SCRIPTS)}]`,
];
/** Made as far as a name has asked for them: most are content with the first. */
const made: RegExp[] = [];

export function isOfOneWriting(name: string): boolean {
  return WRITINGS.some((writing, at) => {
    made[at] ??= new RegExp(`^${writing}*$`, "u");
    return made[at].test(name);
  });
}
