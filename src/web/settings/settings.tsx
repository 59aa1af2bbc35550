export function Settings({ tab }: { tab: string }) {
  return <main class="page">{tab}</main>;
}
