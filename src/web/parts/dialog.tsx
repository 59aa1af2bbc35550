// A dialog over the page: the browser's own, so that focus stays in it and comes back where it was.

import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { words } from "../words.ts";
import { IconButton } from "./icon.tsx";

export interface DialogProps {
  title: string;
  onClose(): void;
  children: ComponentChildren;
  is_wide?: boolean;
}

export function Dialog({ title, onClose, children, is_wide }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Before the next key is pressed: what is typed at once goes into it.
  useLayoutEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => (before as HTMLElement | null)?.focus?.();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the browser closes a dialog by Escape itself.
    <dialog
      ref={dialog}
      class={is_wide ? "wide" : undefined}
      aria-labelledby={id}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && dialog.current?.close()}
    >
      <div class="dialog-head">
        <h2 id={id}>{title}</h2>
        <IconButton icon="close" label={words.close} onClick={() => dialog.current?.close()} />
      </div>
      {children}
    </dialog>
  );
}

/** Asks before what can't be undone. */
export function Confirm({
  title,
  text,
  action,
  onConfirm,
  onClose,
}: {
  title: string;
  text: string;
  action: string;
  onConfirm(): void;
  onClose(): void;
}) {
  return (
    <Dialog title={title} onClose={onClose}>
      <div class="form">
        <p>{text}</p>
        <div class="row end">
          <button type="button" class="button" onClick={onClose}>
            {words.cancel}
          </button>
          <button
            type="button"
            class="button danger go"
            onClick={() => {
              onConfirm();
              onClose();
            }}
          >
            {action}
          </button>
        </div>
      </div>
    </Dialog>
  );
}
