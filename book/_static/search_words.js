/* The words that were searched for are marked on the page, which opens at the first of them; Sphinx's own call is
   skipped, since this theme loads the search everywhere.  In the excerpts, formulas are words and not TeX. */
(() => {
  const NAMES = { alpha: "α", beta: "β", theta: "θ", phi: "φ", mu: "μ", sigma: "σ", varepsilon: "ε", lambda: "λ" };
  const SIGNS = { mid: "|", Vert: "‖", cdot: "·", approx: "≈", le: "≤", ge: "≥", sim: "~", int: "∫", sum: "Σ" };
  const plain = (tex) =>
    tex
      .replace(/\\(?:text|mathbb|mathcal|mathrm|hat|tilde)\b/g, "")
      .replace(/\\([A-Za-z]+)/g, (_, name) => NAMES[name] ?? SIGNS[name] ?? name)
      .replace(/[{}\\]/g, "")
      .trim();
  const words = (text) => text.replace(/\\\((.*?)\\\)/gs, (_, tex) => plain(tex));

  addEventListener("DOMContentLoaded", () => {
    const page = document.querySelector("article.bd-article");
    if (document.getElementById("search-results")) {
      const read = Search.htmlToText;
      Search.htmlToText = (...given) => words(read(...given));
    } else if (page && localStorage.getItem("sphinx_highlight_terms")) {
      const terms = localStorage.getItem("sphinx_highlight_terms").toLowerCase().split(/\s+/).filter(Boolean);
      localStorage.removeItem("sphinx_highlight_terms");
      for (const term of terms) _highlightText(page, term, "highlighted");
      if (!location.hash) page.querySelector("span.highlighted")?.scrollIntoView({ block: "center" });
    }
  });
})();
