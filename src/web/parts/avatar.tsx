// People and servers as a sign: their picture where it is an upload of this server, else letters on the colour that
// their id always has.

import { words } from "../words.ts";

/** Spreads ids that follow each other over the circle. */
export const hueOf = (id: number) => Math.round((id * 137.508) % 360);

/** The path of the upload that a URL is of; pictures from elsewhere aren't shown. */
export function pictureOf(url: string | null | undefined): string | null {
  const path = /(?:^|:\/\/[^/?#]+)(\/api\/v1\/uploads\/[1-9]\d{0,15}(?:\/[\w-]{22})?)$/.exec(url ?? "")?.[1];
  return path ?? null;
}

const segments = new Intl.Segmenter();
const lettersOf = (text: string) => [...segments.segment(text)].map(({ segment }) => segment);

function signOf(name: string, is_server: boolean): string {
  const parts = name.split(/[\s_.-]+/).filter(Boolean);
  if (!is_server) return lettersOf(name)[0]?.toLocaleUpperCase() ?? "?";
  if (parts.length < 2) return lettersOf(name).slice(0, 2).join("");
  return parts
    .slice(0, 2)
    .map((part) => lettersOf(part)[0]?.toLocaleUpperCase() ?? "")
    .join("");
}

export interface AvatarProps {
  id: number;
  name: string;
  picture?: string | null | undefined;
  size?: number;
  is_server?: boolean;
  status?: string | undefined;
}

export function Avatar({ id, name, picture, size = 36, is_server = false, status }: AvatarProps) {
  const src = pictureOf(picture);
  const style = { "--size": `${size / 16}rem`, "--hue": hueOf(id) };
  return (
    <span class={is_server ? "avatar server" : "avatar"} style={style}>
      {src ? (
        <img src={src} alt="" loading="lazy" />
      ) : (
        <span class="sign" data-sign={signOf(name, is_server)} aria-hidden="true" />
      )}
      {status && <Presence status={status} />}
    </span>
  );
}

const Presence = ({ status }: { status: string }) => (
  <span class={`presence ${status}`}>
    <span class="hidden">{words.statuses[status as keyof typeof words.statuses] ?? status}</span>
  </span>
);
