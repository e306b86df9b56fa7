/* SPDX-License-Identifier: BSD-2-Clause */
/* Languages of licences: regions by their numbers (Apple: Script.h), the character sets of their Macs, and the words on the
 * buttons of the panel. */
#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "formats/udif/agreement.h"

#define ROMAN NULL, "MacRoman", 0

const struct udif_language udif_languages[] = {
	{ "en en_US", 0, ROMAN, { "English", "Agree", "Disagree", "Print", "Save...",
	  "If you accept the terms of this licence, click \"Agree\" to open the disk image. Otherwise click \"Disagree\"." } },
	{ "en_GB", 2, ROMAN, { "English", "Agree", "Disagree", "Print", "Save...",
	  "If you accept the terms of this licence, click \"Agree\" to open the disk image. Otherwise click \"Disagree\"." } },
	{ "fr fr_FR", 1, ROMAN, { "Français", "Accepter", "Refuser", "Imprimer", "Enregistrer...",
	  "Si vous acceptez les termes de cette licence, cliquez sur \"Accepter\" pour ouvrir l'image disque. Sinon, cliquez sur "
	  "\"Refuser\"." } },
	{ "fr_CA", 11, ROMAN, { "Français canadien", "Accepter", "Refuser", "Imprimer", "Enregistrer...",
	  "Si vous acceptez les termes de cette licence, cliquez sur \"Accepter\" pour ouvrir l'image disque. Sinon, cliquez sur "
	  "\"Refuser\"." } },
	{ "de de_DE", 3, ROMAN, { "Deutsch", "Akzeptieren", "Ablehnen", "Drucken", "Sichern...",
	  "Wenn Sie den Bedingungen dieser Lizenz zustimmen, klicken Sie auf \"Akzeptieren\", um das Image zu öffnen. Sonst "
	  "klicken Sie auf \"Ablehnen\"." } },
	{ "it it_IT", 4, ROMAN, { "Italiano", "Accetto", "Rifiuto", "Stampa", "Registra...",
	  "Se accetti le condizioni di questa licenza, fai clic su \"Accetto\" per aprire l'immagine disco. Altrimenti fai clic su "
	  "\"Rifiuto\"." } },
	{ "nl nl_NL", 5, ROMAN, { "Nederlands", "Akkoord", "Niet akkoord", "Print", "Bewaar...",
	  "Als u akkoord gaat met de voorwaarden van deze licentie, klikt u op \"Akkoord\" om de schijfkopie te openen. Klik anders "
	  "op \"Niet akkoord\"." } },
	{ "sv sv_SE", 7, ROMAN, { "Svenska", "Godkänns", "Avböjs", "Skriv ut", "Spara...",
	  "Om du godkänner villkoren i denna licens klickar du på \"Godkänns\" för att öppna skivavbilden. Klicka annars på "
	  "\"Avböjs\"." } },
	{ "es es_ES", 8, ROMAN, { "Español", "Aceptar", "No aceptar", "Imprimir", "Guardar...",
	  "Si acepta los términos de esta licencia, haga clic en \"Aceptar\" para abrir la imagen de disco. En caso contrario, haga "
	  "clic en \"No aceptar\"." } },
	{ "da da_DK", 9, ROMAN, { "Dansk", "Enig", "Uenig", "Udskriv", "Arkiver...",
	  "Hvis du accepterer betingelserne i denne licens, skal du klikke på \"Enig\" for at åbne diskbilledet. Klik ellers på "
	  "\"Uenig\"." } },
	{ "pt pt_PT", 10, ROMAN, { "Português", "Concordar", "Discordar", "Imprimir", "Guardar...",
	  "Se aceita os termos desta licença, clique em \"Concordar\" para abrir a imagem de disco. Caso contrário, clique em "
	  "\"Discordar\"." } },
	{ "pt_BR", 71, ROMAN, { "Português, Brasil", "Concordar", "Discordar", "Imprimir", "Salvar...",
	  "Se você aceita os termos desta licença, clique em \"Concordar\" para abrir a imagem de disco. Caso contrário, clique em "
	  "\"Discordar\"." } },
	{ "nb no nb_NO", 12, ROMAN, { "Norsk", "Enig", "Ikke enig", "Skriv ut", "Arkiver...",
	  "Hvis du godtar vilkårene i denne lisensen, klikker du på \"Enig\" for å åpne diskbildet. Klikk ellers på \"Ikke enig\"." } },
	{ "fi fi_FI", 17, ROMAN, { "Suomi", "Hyväksyn", "En hyväksy", "Tulosta", "Tallenna...",
	  "Jos hyväksyt tämän lisenssin ehdot, avaa levykuva osoittamalla \"Hyväksyn\". Muussa tapauksessa osoita \"En hyväksy\"." } },
	{ "ja ja_JP", 14, "CP932", "MacJapanese", 1, { "日本語", "同意します", "同意しません", "印刷する", "保存...",
	  "このライセンスの条件に同意する場合は、\"同意します\" をクリックしてディスクイメージを開いてください。同意しない場合は、\"同意しません\" をクリックしてください。" } },
	{ "ko ko_KR", 51, "EUC-KR", "MacKorean", 1, { "한국어", "동의", "동의 안함", "프린트", "저장...",
	  "이 라이선스의 조건에 동의하면 \"동의\"를 클릭하여 디스크 이미지를 여십시오. 동의하지 않으면 \"동의 안함\"을 클릭하십시오." } },
	{ "zh_CN zh zh_Hans", 52, "GB2312", "MacChineseSimp", 1, { "简体中文", "同意", "不同意", "打印", "存储...",
	  "如果您接受此许可协议的条款，请点按\"同意\"以打开磁盘映像。否则，请点按\"不同意\"。" } },
	{ "zh_TW zh_Hant", 53, "BIG5", "MacChineseTrad", 1, { "繁體中文", "同意", "不同意", "列印", "儲存...",
	  "如果您接受此授權的條款，請按\"同意\"以打開磁碟映像檔。否則請按\"不同意\"。" } },
	{ "pl pl_PL", 42, "MAC-CENTRALEUROPE", "MacCentralEurRoman", 0, { "Polski", "Zgadzam się", "Nie zgadzam się", "Drukuj",
	  "Zachowaj...", "Jeśli akceptujesz warunki tej licencji, kliknij \"Zgadzam się\", aby otworzyć obraz dysku. W przeciwnym "
	  "razie kliknij \"Nie zgadzam się\"." } },
	{ "hu hu_HU", 43, "MAC-CENTRALEUROPE", "MacCentralEurRoman", 0, { "Magyar", "Elfogadom", "Nem fogadom el", "Nyomtatás",
	  "Mentés...", "Ha elfogadja a licenc feltételeit, kattintson az \"Elfogadom\" gombra a lemezkép megnyitásához. "
	  "Ellenkező esetben kattintson a \"Nem fogadom el\" gombra." } },
	{ "cs cs_CZ", 56, "MAC-CENTRALEUROPE", "MacCentralEurRoman", 0, { "Čeština", "Souhlasím", "Nesouhlasím", "Tisk", "Uložit...",
	  "Pokud přijímáte podmínky této licence, klepněte na \"Souhlasím\" a otevřete obraz disku. Jinak klepněte na "
	  "\"Nesouhlasím\"." } },
	{ "sk sk_SK", 57, "MAC-CENTRALEUROPE", "MacCentralEurRoman", 0, { "Slovenčina", "Súhlasím", "Nesúhlasím", "Tlačiť",
	  "Uložiť...", "Ak prijímate podmienky tejto licencie, kliknite na \"Súhlasím\" a otvorte obraz disku. Inak kliknite na "
	  "\"Nesúhlasím\"." } },
	{ "ru ru_RU", 49, "MAC-CYRILLIC", "MacCyrillic", 0, { "Русский", "Согласен", "Не согласен", "Распечатать", "Сохранить...",
	  "Если вы принимаете условия этой лицензии, нажмите \"Согласен\", чтобы открыть образ диска. В противном случае нажмите "
	  "\"Не согласен\"." } },
	{ "uk uk_UA", 62, "MAC-UK", "MacUkrainian", 0, { "Українська", "Погоджуюсь", "Не погоджуюсь", "Друкувати", "Зберегти...",
	  "Якщо ви приймаєте умови цієї ліцензії, натисніть \"Погоджуюсь\", щоб відкрити образ диска. Інакше натисніть "
	  "\"Не погоджуюсь\"." } },
	/* no common iconv has these sets: RTF still works */
	{ "el el_GR", 20, "MACGREEK", "MacGreek", 0, { NULL } },
	{ "tr tr_TR", 24, "MACTURKISH", "MacTurkish", 0, { NULL } },
	{ "he he_IL", 13, "MACHEBREW", "MacHebrew", 0, { NULL } },
	{ "ar ar_SA", 16, "MACARABIC", "MacArabic", 0, { NULL } },
	{ "hr hr_HR", 68, "MACCROATIAN", "MacCroatian", 0, { NULL } },
	{ "is is_IS", 21, "MAC-IS", "MacIcelandic", 0, { NULL } },
	{ "ro ro_RO", 39, "MACROMANIA", "MacRomanian", 0, { NULL } },
	{ "th th_TH", 54, "MACTHAI", "MacThai", 0, { NULL } },
	{ 0 }
};

/* "pt-BR" is "pt_br" */
static int
plain(char c)
{
	return c == '-' || c == '_' ? '_' : c | 32;
}

static bool
fits(const char *code, const char *word, size_t n)
{
	if (strlen(code) != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (plain(code[i]) != plain(word[i]))
			return false;
	return true;
}

const struct udif_language *
udif_language_find(const char *code)
{
	for (const struct udif_language *l = udif_languages; l->codes; l++)
		for (const char *p = l->codes; *p; p += strspn(p, " ")) {
			size_t n = strcspn(p, " ");

			if (fits(code, p, n))
				return l;
			p += n;
		}
	return NULL;
}
