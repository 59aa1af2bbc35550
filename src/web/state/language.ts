// In which language the pages speak: as the person chose on this device, or else the first of theirs that there is.

const KEY = "orchard.language";

/** Tags are those of BCP 47: where `pt-BR` isn't there, `pt` will do. */
export function languageAmong(known: readonly string[], last: string): string {
  const wanted = [localStorage.getItem(KEY) ?? "", ...navigator.languages];
  const tags = wanted.flatMap((tag) => [tag, tag.split("-")[0] ?? ""]);
  return tags.find((tag) => known.includes(tag)) ?? last;
}

/** Every page is drawn anew for it. */
export function chooseLanguage(tag: string): void {
  localStorage.setItem(KEY, tag);
  location.reload();
}
