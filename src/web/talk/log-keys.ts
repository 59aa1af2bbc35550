// The log by keyboard: arrows go from message to message, and from one to what can be done with it.

export function moveAmong(event: KeyboardEvent, box: HTMLElement | null): void {
  const target = event.target as HTMLElement;
  const article = target.closest<HTMLElement>("article");
  if (target !== box && target !== article) {
    if (event.key === "Escape" && article) article.focus();
    return;
  }
  const all = [...(box?.querySelectorAll<HTMLElement>("article") ?? [])];
  const at = article ? all.indexOf(article) : all.length;
  const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1 }[event.key];
  if (to === undefined) return;
  const next = all[Math.min(Math.max(to, 0), all.length - 1)];
  if (!next) return;
  event.preventDefault();
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}
