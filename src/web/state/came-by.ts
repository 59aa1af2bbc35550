// The invite for which somebody came through the door.

import { signal } from "@preact/signals";

export const came_by = signal<string | null>(null);
