export function ServerSettings({ tab }: { server_id: number; tab: string }) {
  return <main class="page">{tab}</main>;
}
