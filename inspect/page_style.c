/* SPDX-License-Identifier: BSD-2-Clause */
/* How a page looks.  Colours are variables, once for light and once for dark; what they say is said by shape, order or words
 * too.  Nothing here is wider than the page: tables scroll in their own box.  The page is XML as well, so no "<" or "&". */
#include "config.h"

#include "inspect/page.h"

static const char *const style[] = {
	":root{--bg:#fbfbf9;--card:#fff;--ink:#1b1d21;--soft:#5b6068;--line:#e2e2dc;--plain:#2f5fa8;"
	"--packed:#1d7a62;--saved:#bfe0d5;--made:#7b4fa6;--zero:#d3d4cf;--hatch:#dcdcd5;--lost:#b3261e;"
	"--part:#dfe7f3;--part2:#cfdbed;--parttext:#1b2f50;--ok:#1b6b3a;--warn:#855300;--bad:#b3261e;"
	"--okbg:#e9f5ed;--badbg:#fbecea;--warnbg:#fbf3e0;--h0:#dbe6f4;--h1:#d9ecdf;--h2:#efe3f3;--h3:#f5e8d3;"
	"--h4:#d8ecec;--h5:#f4e0e0;"
	"--mono:ui-monospace,SFMono-Regular,Menlo,Consolas,\"Liberation Mono\",\"DejaVu Sans Mono\",monospace}\n",
	"@media (prefers-color-scheme:dark){:root{--bg:#131417;--card:#1a1c20;--ink:#e9e9e6;--soft:#a3a8b0;"
	"--line:#2e3137;--plain:#6f9fe6;--packed:#4db897;--saved:#1f4a3e;--made:#b78bdd;--zero:#43464c;"
	"--hatch:#2b2e33;--lost:#ff8a80;--part:#24344f;--part2:#2c4061;--parttext:#d5e2f7;--ok:#7bd69b;"
	"--warn:#f0bf55;--bad:#ff938a;--okbg:#16281d;--badbg:#341b19;--warnbg:#2f2612;--h0:#25364e;--h1:#203c2d;"
	"--h2:#3a2b44;--h3:#43351d;--h4:#1d3c3d;--h5:#462a2b}}\n",
	"*{box-sizing:border-box}\n",
	"html{-webkit-text-size-adjust:100%;text-size-adjust:100%}\n",
	"body{margin:0;background:var(--bg);color:var(--ink);"
	"font:16px/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,\"Helvetica Neue\",Arial,sans-serif;"
	"font-variant-numeric:tabular-nums;overflow-wrap:anywhere}\n",
	"main,footer{max-width:1160px;margin:0 auto;padding:0 clamp(16px,4vw,48px)}\n",
	"article{padding:clamp(28px,6vw,64px) 0 0}\n",
	"article+article{margin-top:64px;border-top:3px solid var(--ink)}\n",
	".all{padding-top:clamp(28px,6vw,64px)}\n",
	".eyebrow,.kind,dt,th,h2+div .kind{font-size:.75rem;letter-spacing:.04em;color:var(--soft);"
	"font-weight:500}\n",
	".eyebrow{margin:0 0 4px}\n",
	"h1,h2,h3,h4{line-height:1.2;margin:0;font-weight:650;letter-spacing:-.01em}\n",
	".name{font-size:clamp(1.6rem,5vw,2.5rem);letter-spacing:-.02em;display:-webkit-box;-webkit-line-clamp:4;"
	"-webkit-box-orient:vertical;overflow:hidden}\n",
	".lead{font-size:1.125rem;margin:.5em 0 1.2em;max-width:46em}\n",
	"section{display:grid;grid-template-columns:minmax(0,1fr);gap:12px;padding:28px 0;"
	"border-top:1px solid var(--line)}\n",
	"section>h2,section>h3{font-size:1.05rem}\n",
	"section>div{min-width:0}\n",
	"section>div>h3,section>div>h4{font-size:.95rem;margin:24px 0 8px}\n",
	"section>div>h3:first-child,section>div>h4:first-child{margin-top:0}\n",
	"@media (min-width:900px){section{grid-template-columns:150px minmax(0,1fr);gap:32px}}\n",
	"p{margin:0 0 .8em}\n",
	"a{color:var(--plain)}\n",
	"nav ol{padding-left:1.4em}\n",
	"code,.hex,.long{font-family:var(--mono);font-size:.85em}.hex code{font-size:1em}\n",
	"q{quotes:\"\\201c\" \"\\201d\"}\n",
	".odd{font-style:normal;font-family:var(--mono);font-size:.85em;color:var(--warn);"
	"background:var(--warnbg);border-radius:3px;padding:0 2px}\n",
	".note{color:var(--soft);font-size:.9rem}\n",
	".mark{display:inline-block;width:1.1em;text-align:center;font-weight:700}\n",
	".ok .mark,.state.ok{color:var(--ok)}.bad .mark,.state.bad{color:var(--bad)}.warn .mark,.state.warn{"
	"color:var(--warn)}\n",
	".result{border-radius:8px;padding:10px 14px;margin:0 0 20px;border:1px solid var(--line);"
	"background:var(--card)}\n",
	".result p{margin:0}\n",
	".result b{font-weight:600}\n",
	".result.ok{background:var(--okbg);border-color:transparent}.result.bad{background:var(--badbg);"
	"border-color:transparent}\n",
	".result .why{margin:4px 0 0 1.5em}\n",
	".keys{display:flex;flex-wrap:wrap;gap:0 36px;margin:0 0 24px}\n",
	".keys div{padding:6px 0}\n",
	".keys dd{margin:0;font-size:1.35rem;font-weight:600;letter-spacing:-.01em;line-height:1.25}\n",
	".problems{list-style:none;margin:0;padding:0}\n",
	".problems li{padding:8px 0;border-bottom:1px solid var(--line)}\n",
	".problems li:last-child{border:0}\n",
	".problems code{color:var(--soft)}\n",
	"figure{margin:0 0 20px}\n",
	"figcaption{color:var(--soft);font-size:.875rem;margin-top:8px;max-width:60em}\n",
	"figcaption b{color:var(--ink);font-weight:600}\n",
	".layers{list-style:none;margin:0;padding:0;display:flex;flex-direction:column;gap:26px}\n",
	".layers li{display:flex;flex-direction:column;gap:8px;position:relative;min-width:0;flex:1 1 0}\n",
	".layers li+li::before{content:\"\\2193\";position:absolute;top:-25px;left:14px;color:var(--soft)}\n",
	".box{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:10px 14px;"
	"min-width:0}\n",
	".box>*{display:block}\n",
	".box b{font-weight:600;line-height:1.3}\n",
	".more{color:var(--soft);font-size:.875rem;line-height:1.4}\n",
	"@media (min-width:700px){.layers{flex-direction:row;gap:30px}.layers li{justify-content:center}"
	".layers li+li::before{content:\"\\2192\";top:50%;left:-22px;transform:translateY(-50%)}}\n",
	"svg{display:block}\n",
	".bar{overflow:hidden}\n",
	".gap{fill:var(--hatch)}\n",
	".part{fill:var(--part);stroke:var(--bg);stroke-width:2}.part.thin{stroke:none;fill:var(--plain)}.part.thin.odd{fill:var(--soft)}\n",
	".part.odd{fill:var(--part2)}\n",
	".bar text{fill:var(--parttext);font:500 14px system-ui,-apple-system,\"Segoe UI\",Roboto,sans-serif}\n",
	".bar .number{font-weight:700}\n",
	".bar .sub{font-size:12px;font-weight:400;opacity:.85}\n",
	".blocks{width:100%;height:132px}\n",
	".blocks,.strip svg,.b-hole{"
	"background:repeating-linear-gradient(135deg,transparent 0 4px,var(--hatch) 4px 5px);"
	"outline:1px solid var(--line);outline-offset:-1px}\n",
	"td.strip{min-width:130px;width:20%}\n",
	".strip svg{width:100%;height:22px}\n",
	".b-plain{fill:var(--plain);background:var(--plain)}.b-packed{fill:var(--packed);"
	"background:var(--packed)}.b-saved{fill:var(--saved);background:var(--saved)}.b-made{fill:var(--made);"
	"background:var(--made)}.b-zero{fill:var(--zero);background:var(--zero)}.b-lost{fill:var(--lost);"
	"background:var(--lost)}\n",
	".hit{fill:transparent}\n",
	".hit:hover{fill:var(--ink);fill-opacity:.12}\n",
	".axis{display:flex;justify-content:space-between;color:var(--soft);font-size:.75rem;margin-top:4px}\n",
	".axis span{width:0;display:flex;justify-content:center;white-space:nowrap}\n",
	".axis span:first-child{justify-content:flex-start}.axis span:last-child{justify-content:flex-end}\n",
	"@media (max-width:500px){.axis span:nth-child(2n){visibility:hidden}}\n",
	".swatch{display:inline-block;width:.85em;height:.85em;border-radius:2px;vertical-align:-.08em}\n",
	".scroll{overflow-x:auto;margin:0 0 12px}.scroll+figure{margin-top:40px}.name+.result{margin-top:16px}\n",
	"table{border-collapse:collapse;width:100%;font-size:.9rem}\n",
	"th,td{text-align:left;padding:6px 14px 6px 0;border-bottom:1px solid var(--line);vertical-align:top}\n",
	"th:last-child,td:last-child{padding-right:0}\n",
	"tbody tr:last-child td{border-bottom:0}\n",
	"tfoot td{border-top:1px solid var(--line);border-bottom:0;font-weight:600}\n",
	"th{white-space:nowrap}\n",
	"th.n,td.n{text-align:right;white-space:nowrap}\n",
	"td{min-width:3em;overflow-wrap:break-word}\n",
	".cut{display:-webkit-box;-webkit-line-clamp:3;-webkit-box-orient:vertical;overflow:hidden;max-width:20em;"
	"overflow-wrap:anywhere}\n",
	"tr.meta td{color:var(--soft)}\n",
	".state{white-space:nowrap}\n",
	".hex{word-break:break-all}\n",
	"td.hex{min-width:9em}\n",
	"@media (max-width:640px){.stack table,.stack tbody,.stack tr,.stack td{display:block}"
	".stack thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}"
	".stack tr{padding:8px 0;border-bottom:1px solid var(--line)}.stack tr:last-child{border:0}"
	".stack tbody td,.stack td.n{border:0;padding:1px 0;text-align:left;min-width:0;width:auto}.stack td:empty{display:none}"
	".stack td::before{color:var(--soft);font-size:.75rem;display:inline-block;min-width:7.5em}"
	".stack .cut{display:inline}"
	".parts td:nth-child(1)::before{content:\"Number\"}.parts td:nth-child(2)::before{content:\"Name\"}"
	".parts td:nth-child(3)::before{content:\"Type\"}.parts td:nth-child(4)::before{content:\"File system\"}"
	".parts td:nth-child(5)::before{content:\"Begins at\"}.parts td:nth-child(6)::before{content:\"Size\"}"
	".stack td.strip{padding-top:6px}"
	".checks td:nth-child(3)::before{content:\"By\"}.checks td:nth-child(4)::before{content:\"According to\"}"
	".checks td:nth-child(5)::before{content:\"Value\"}"
	".totals table{font-size:.8rem}.totals td,.totals th{padding-right:8px}}\n",
	".tag{font-size:.75rem;font-weight:600;border:1px solid var(--line);border-radius:4px;padding:0 4px}\n",
	".way{list-style:none;display:flex;flex-wrap:wrap;gap:8px 30px;margin:0 0 10px;padding:0}\n",
	".way li{position:relative;background:var(--card);border:1px solid var(--line);border-radius:6px;"
	"padding:4px 10px;font-size:.9rem;min-width:0}\n",
	".way li:first-child{font-weight:600}\n",
	".way li+li::before{content:\"\\2192\";position:absolute;left:-23px;color:var(--soft)}\n",
	".treemap{position:relative;width:100%;aspect-ratio:1000/520;overflow:hidden;border-radius:6px}\n",
	".treemap ul{list-style:none;margin:0;padding:0;position:absolute;inset:0}\n",
	".treemap li{position:absolute;overflow:hidden;border:1px solid var(--bg);border-radius:3px;"
	"font-size:.75rem;line-height:1.25}\n",
	".treemap li span{display:block;padding:3px 6px;white-space:nowrap;overflow:hidden;"
	"text-overflow:ellipsis;color:var(--soft)}\n",
	".treemap li b{font-weight:600;color:var(--ink)}\n",
	".treemap li.tiny>span{visibility:hidden}\n",
	".treemap .h0{--c:var(--h0)}.treemap .h1{--c:var(--h1)}.treemap .h2{--c:var(--h2)}.treemap .h3{"
	"--c:var(--h3)}.treemap .h4{--c:var(--h4)}.treemap .h5{--c:var(--h5)}\n",
	".treemap li{background:var(--c)}\n",
	".treemap .dir{background:color-mix(in srgb,var(--c) 60%,var(--bg))}\n",
	".treemap .dir .dir{background:color-mix(in srgb,var(--c) 75%,var(--bg))}\n",
	".treemap .dir>ul{inset:22px 3px 3px 3px}\n",
	".treemap .rest{background:repeating-linear-gradient(135deg,var(--hatch) 0 1px,transparent 1px 5px)}\n",
	"@media (max-width:600px){.treemap{aspect-ratio:4/5}.treemap li{font-size:.6875rem}}\n",
	".facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,15rem),1fr));gap:0 32px;"
	"margin:0}\n",
	".facts>div:has(.hex){grid-column:1/-1}.facts>div{padding:6px 0;border-bottom:1px solid var(--line);min-width:0}\n",
	".facts dd{margin:0;font-size:.95rem}\n",
	".facts ul{margin:2px 0;padding-left:1.1em}\n",
	".key{font-style:normal;color:var(--soft)}\n",
	".long{white-space:pre-wrap;max-height:20em;overflow:auto;background:var(--card);"
	"border:1px solid var(--line);border-radius:6px;padding:8px 10px}\n",
	"summary{cursor:pointer;color:var(--plain)}\n",
	":focus-visible{outline:2px solid var(--plain);outline-offset:2px}\n",
	"footer{color:var(--soft);font-size:.8125rem;padding-top:20px;padding-bottom:48px}\n",
	"@media print{:root{--bg:#fff;--card:#fff}body{font-size:11pt}*{-webkit-print-color-adjust:exact;"
	"print-color-adjust:exact}article,.all{padding-top:0}article+article{break-before:page;border:0;margin:0}"
	"figure,tr,.facts>div,.result{break-inside:avoid}h2,h3,h4{break-after:avoid}.scroll{overflow:visible}"
	"section{padding:14px 0}}\n",
};

void
page_style(struct html *h)
{
	for (size_t i = 0; i < sizeof style / sizeof *style; i++)
		html_raw(h, style[i]);
}
