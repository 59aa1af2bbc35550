CREATE TABLE `login_places` (
	`user_id` integer NOT NULL,
	`place` text NOT NULL,
	`used_at` integer NOT NULL,
	PRIMARY KEY(`user_id`, `place`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `login_places_used_at` ON `login_places` (`used_at`);
--> statement-breakpoint
-- So that the sets of parameters that any hash has are found without looking at every user.
CREATE INDEX `users_hash_parameters` ON `users` (substr(password_hash, 1, instr(password_hash, ',p=1$') + 4));
