// How often one is wanted somewhere. What it means is said where it stands, to those who don't see it.

export const Badge = ({ count }: { count: number }) =>
  count > 0 ? <span class="badge" data-count={count > 99 ? "99+" : count} aria-hidden="true" /> : null;
