// The drawings, all in one stroke. They say nothing by themselves: what has one alone has a name of its own.

const paths = {
  plus: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6L6 18",
  back: "M15 5l-7 7 7 7",
  down: "M6 9l6 6 6-6",
  menu: "M4 7h16M4 12h16M4 17h16",
  people:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c.5-4 3-6 6.5-6s6 2 6.500 6M16 4.300a3.500 3.500 0 0 1 0 6.400M18 14.300c2 .8 3.200 2.600 3.500 5.700",
  gear: "M12 15.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM19.400 13.500l1.600 1.200-2 3.500-1.900-.8a7.500 7.500 0 0 1-2 1.200l-.3 2h-4l-.3-2a7.500 7.500 0 0 1-2-1.200l-1.900.8-2-3.500 1.600-1.200a7.600 7.600 0 0 1 0-3L4.600 9.300l2-3.500 1.900.8a7.500 7.500 0 0 1 2-1.200l.3-2h4l.3 2a7.500 7.500 0 0 1 2 1.200l1.900-.8 2 3.500-1.600 1.200a7.600 7.600 0 0 1 0 3z",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM20 20l-4-4",
  clip: "M20 11.500l-8.200 8.200a5 5 0 0 1-7.100-7.100l8.600-8.600a3.400 3.400 0 0 1 4.800 4.800l-8.500 8.500a1.700 1.700 0 0 1-2.400-2.400l7.800-7.800",
  smile: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.500 14.200a4.200 4.200 0 0 0 7 0M9 9.500v.6M15 9.500v.6",
  reply: "M10 6L4 11l6 5M4.500 11H14c3.500 0 6 2.500 6 7",
  pencil: "M4 20l1-4.500L16 4.500a2 2 0 0 1 3 0l.5.500a2 2 0 0 1 0 3L8.500 19z",
  bin: "M5 7h14M10 7V4.500h4V7M7 7l1 13h8l1-13M10.500 11v5.500M13.500 11v5.500",
  more: "M5.2 12a.8.8 0 1 0 1.6 0 .8.8 0 1 0-1.6 0M11.2 12a.8.8 0 1 0 1.6 0 .8.8 0 1 0-1.6 0M17.2 12a.8.8 0 1 0 1.6 0 .8.8 0 1 0-1.6 0",
  link: "M10 14a4 4 0 0 0 6 .4l3-3a4.200 4.200 0 0 0-6-6l-1.500 1.500M14 10a4 4 0 0 0-6-.4l-3 3a4.200 4.200 0 0 0 6 6l1.500-1.500",
  copy: "M9 9h10v11H9zM5 15V4h10",
  check: "M5 12.500l4.500 4.500L19 7",
  lock: "M6 11h12v9H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3",
  hash: "M9.500 4L8 20M16 4l-1.500 16M4.500 9h16M3.500 15h16",
  leaf: "M5 20c0-9 4-14 15-15 0 9-4 14-12 13M5 20c2-5 5-8 9-10",
  calendar: "M4 6h16v14H4zM4 10h16M8 3.500V7M16 3.500V7",
  shield: "M12 3l8 3v6c0 4.500-3.300 7.800-8 9-4.700-1.200-8-4.500-8-9V6z",
  out: "M14 4h5v16h-5M10 8l-4 4 4 4M6 12h9",
  pin: "M9 4h6l-.7 6 3.200 3.500H6.500L9.700 10zM12 13.500V20",
  bell: "M6 17V11a6 6 0 0 1 12 0v6l1.500 1.500h-15zM10.500 20.500a1.700 1.700 0 0 0 3 0",
  silent: "M6 17V11a6 6 0 0 1 9-5.200M18 11v6l1.500 1.500h-15M10.500 20.500a1.700 1.700 0 0 0 3 0M4 4l16 16",
  flag: "M5 21V4M5 5c5-3 8 3 14 0v9c-6 3-9-3-14 0",
  film: "M4 5h16v14H4zM8 5v14M16 5v14M4 9.500h4M4 14.500h4M16 9.500h4M16 14.500h4",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}

export function IconButton({
  icon,
  label,
  ...rest
}: { icon: IconName; label: string } & Omit<preact.JSX.IntrinsicElements["button"], "icon" | "label">) {
  return (
    <button type="button" class="icon-button" aria-label={label} title={label} {...rest}>
      <Icon name={icon} />
    </button>
  );
}
