"""The names of locales: in English, and as the people who speak the language write them."""

from __future__ import annotations

LOCALE_NAMES = {
    "af_ZA": {"name_en": "Afrikaans", "name": "Afrikaans"},
    "am_ET": {"name_en": "Amharic", "name": "አማርኛ"},
    "ar_AR": {"name_en": "Arabic", "name": "العربية"},
    "ar_EG": {"name_en": "Arabic (Egypt)", "name": "العربية (مصر)"},
    "az_AZ": {"name_en": "Azerbaijani", "name": "Azərbaycan"},
    "be_BY": {"name_en": "Belarusian", "name": "Беларуская"},
    "bg_BG": {"name_en": "Bulgarian", "name": "Български"},
    "bn_BD": {"name_en": "Bengali (Bangladesh)", "name": "বাংলা (বাংলাদেশ)"},
    "bn_IN": {"name_en": "Bengali", "name": "বাংলা"},
    "bs_BA": {"name_en": "Bosnian", "name": "Bosanski"},
    "ca_ES": {"name_en": "Catalan", "name": "Català"},
    "cs_CZ": {"name_en": "Czech", "name": "Čeština"},
    "cy_GB": {"name_en": "Welsh", "name": "Cymraeg"},
    "da_DK": {"name_en": "Danish", "name": "Dansk"},
    "de_AT": {"name_en": "German (Austria)", "name": "Deutsch (Österreich)"},
    "de_CH": {"name_en": "German (Switzerland)", "name": "Deutsch (Schweiz)"},
    "de_DE": {"name_en": "German", "name": "Deutsch"},
    "el_GR": {"name_en": "Greek", "name": "Ελληνικά"},
    "en_AU": {"name_en": "English (Australia)", "name": "English (Australia)"},
    "en_CA": {"name_en": "English (Canada)", "name": "English (Canada)"},
    "en_GB": {"name_en": "English (UK)", "name": "English (UK)"},
    "en_IN": {"name_en": "English (India)", "name": "English (India)"},
    "en_US": {"name_en": "English (US)", "name": "English (US)"},
    "es_AR": {"name_en": "Spanish (Argentina)", "name": "Español (Argentina)"},
    "es_ES": {"name_en": "Spanish (Spain)", "name": "Español (España)"},
    "es_LA": {"name_en": "Spanish", "name": "Español"},
    "es_MX": {"name_en": "Spanish (Mexico)", "name": "Español (México)"},
    "et_EE": {"name_en": "Estonian", "name": "Eesti"},
    "eu_ES": {"name_en": "Basque", "name": "Euskara"},
    "fa_IR": {"name_en": "Persian", "name": "فارسی"},
    "fi_FI": {"name_en": "Finnish", "name": "Suomi"},
    "fr_BE": {"name_en": "French (Belgium)", "name": "Français (Belgique)"},
    "fr_CA": {"name_en": "French (Canada)", "name": "Français (Canada)"},
    "fr_CH": {"name_en": "French (Switzerland)", "name": "Français (Suisse)"},
    "fr_FR": {"name_en": "French", "name": "Français"},
    "ga_IE": {"name_en": "Irish", "name": "Gaeilge"},
    "gl_ES": {"name_en": "Galician", "name": "Galego"},
    "gu_IN": {"name_en": "Gujarati", "name": "ગુજરાતી"},
    "he_IL": {"name_en": "Hebrew", "name": "עברית"},
    "hi_IN": {"name_en": "Hindi", "name": "हिन्दी"},
    "hr_HR": {"name_en": "Croatian", "name": "Hrvatski"},
    "hu_HU": {"name_en": "Hungarian", "name": "Magyar"},
    "hy_AM": {"name_en": "Armenian", "name": "Հայերեն"},
    "id_ID": {"name_en": "Indonesian", "name": "Bahasa Indonesia"},
    "is_IS": {"name_en": "Icelandic", "name": "Íslenska"},
    "it_IT": {"name_en": "Italian", "name": "Italiano"},
    "ja_JP": {"name_en": "Japanese", "name": "日本語"},
    "ka_GE": {"name_en": "Georgian", "name": "ქართული"},
    "kk_KZ": {"name_en": "Kazakh", "name": "Қазақ тілі"},
    "km_KH": {"name_en": "Khmer", "name": "ខ្មែរ"},
    "kn_IN": {"name_en": "Kannada", "name": "ಕನ್ನಡ"},
    "ko_KR": {"name_en": "Korean", "name": "한국어"},
    "lo_LA": {"name_en": "Lao", "name": "ລາວ"},
    "lt_LT": {"name_en": "Lithuanian", "name": "Lietuvių"},
    "lv_LV": {"name_en": "Latvian", "name": "Latviešu"},
    "mk_MK": {"name_en": "Macedonian", "name": "Македонски"},
    "ml_IN": {"name_en": "Malayalam", "name": "മലയാളം"},
    "mn_MN": {"name_en": "Mongolian", "name": "Монгол"},
    "mr_IN": {"name_en": "Marathi", "name": "मराठी"},
    "ms_MY": {"name_en": "Malay", "name": "Bahasa Melayu"},
    "my_MM": {"name_en": "Burmese", "name": "မြန်မာ"},
    "nb_NO": {"name_en": "Norwegian Bokmål", "name": "Norsk bokmål"},
    "ne_NP": {"name_en": "Nepali", "name": "नेपाली"},
    "nl_BE": {"name_en": "Dutch (Belgium)", "name": "Nederlands (België)"},
    "nl_NL": {"name_en": "Dutch", "name": "Nederlands"},
    "nn_NO": {"name_en": "Norwegian Nynorsk", "name": "Norsk nynorsk"},
    "pa_IN": {"name_en": "Punjabi", "name": "ਪੰਜਾਬੀ"},
    "pl_PL": {"name_en": "Polish", "name": "Polski"},
    "ps_AF": {"name_en": "Pashto", "name": "پښتو"},
    "pt_BR": {"name_en": "Portuguese (Brazil)", "name": "Português (Brasil)"},
    "pt_PT": {"name_en": "Portuguese (Portugal)", "name": "Português (Portugal)"},
    "ro_RO": {"name_en": "Romanian", "name": "Română"},
    "ru_RU": {"name_en": "Russian", "name": "Русский"},
    "si_LK": {"name_en": "Sinhala", "name": "සිංහල"},
    "sk_SK": {"name_en": "Slovak", "name": "Slovenčina"},
    "sl_SI": {"name_en": "Slovenian", "name": "Slovenščina"},
    "sq_AL": {"name_en": "Albanian", "name": "Shqip"},
    "sr_RS": {"name_en": "Serbian", "name": "Српски"},
    "sv_SE": {"name_en": "Swedish", "name": "Svenska"},
    "sw_KE": {"name_en": "Swahili", "name": "Kiswahili"},
    "ta_IN": {"name_en": "Tamil", "name": "தமிழ்"},
    "te_IN": {"name_en": "Telugu", "name": "తెలుగు"},
    "th_TH": {"name_en": "Thai", "name": "ไทย"},
    "tl_PH": {"name_en": "Filipino", "name": "Filipino"},
    "tr_TR": {"name_en": "Turkish", "name": "Türkçe"},
    "uk_UA": {"name_en": "Ukrainian", "name": "Українська"},
    "ur_PK": {"name_en": "Urdu", "name": "اردو"},
    "uz_UZ": {"name_en": "Uzbek", "name": "O‘zbek"},
    "vi_VN": {"name_en": "Vietnamese", "name": "Tiếng Việt"},
    "zh_CN": {"name_en": "Chinese (Simplified)", "name": "中文 (简体)"},
    "zh_HK": {"name_en": "Chinese (Hong Kong)", "name": "中文 (香港)"},
    "zh_TW": {"name_en": "Chinese (Traditional)", "name": "中文 (繁體)"},
    "zu_ZA": {"name_en": "Zulu", "name": "isiZulu"},
}
"""Locale codes, each with its name in English (``name_en``) and in its own language (``name``).

A page that lets its reader choose a language shows ``name``.  The table names more locales than a
program has translations for: see :func:`get_supported_locales` for those.
"""

UNKNOWN = "Unknown"


def display_name(code: str) -> str:
    """The name of a locale in its own language, or ``"Unknown"``.

    A code without a region (``"de"``) has the name of the language alone.
    """
    known = LOCALE_NAMES.get(code)
    if known is not None:
        return known["name"]
    if "_" in code:
        return UNKNOWN
    home = LOCALE_NAMES.get(f"{code}_{code.upper()}")
    if home is None:
        others = (names for other, names in LOCALE_NAMES.items() if other.startswith(f"{code}_"))
        home = next(others, None)
    return home["name"].partition(" (")[0] if home is not None else UNKNOWN
