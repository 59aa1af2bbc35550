ALTER TABLE `operation_entries` ADD `told_seq` integer;--> statement-breakpoint
CREATE INDEX `operation_entries_user_id_told_seq` ON `operation_entries` (`user_id`,`told_seq`);--> statement-breakpoint
CREATE INDEX `operation_entries_told_seq` ON `operation_entries` (`told_seq`);