/* A formula that is wider than its box scrolls there, so the keyboard must reach it; no other formula is a stop. */
(() => {
  const mark = () => {
    for (const box of document.querySelectorAll('mjx-container[display="true"]')) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  addEventListener("load", () =>
    window.MathJax?.startup?.promise?.then(() => {
      mark();
      addEventListener("resize", mark);
      document.addEventListener("toggle", mark, true);
    }),
  );
})();
