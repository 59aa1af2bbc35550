ALTER TABLE `logins` ADD `token_hash` text;--> statement-breakpoint
ALTER TABLE `users` ADD `bot_owner_id` integer;--> statement-breakpoint
CREATE INDEX `users_bot_owner_id` ON `users` (`bot_owner_id`) WHERE bot_owner_id is not null;--> statement-breakpoint
ALTER TABLE `members` ADD `bot_owner_id` integer;--> statement-breakpoint
ALTER TABLE `members` ADD `rules` integer;--> statement-breakpoint
CREATE INDEX `members_bot_owner_id` ON `members` (`bot_owner_id`,`server_id`) WHERE bot_owner_id is not null;