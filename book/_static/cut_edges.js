/* What goes on beyond the right edge of its box says so: the box is marked, and its edge fades (book.css). */
(() => {
  const BOXES = '.bd-article :is(pre, .cell_output, .pst-scrollable-table-container, mjx-container[display="true"])';
  const mark = (box) =>
    box.toggleAttribute("data-cut", box.scrollWidth - box.clientWidth - box.scrollLeft > 1);
  addEventListener("load", async () => {
    await window.MathJax?.startup?.promise;
    const sizes = new ResizeObserver((changed) => {
      for (const entry of changed) mark(entry.target);
    });
    for (const box of document.querySelectorAll(BOXES)) {
      sizes.observe(box);
      box.addEventListener("scroll", () => mark(box), { passive: true });
    }
  });
})();
