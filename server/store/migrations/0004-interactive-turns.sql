-- A person waits for it, not a program: one that waits behind another answer keeps its place among people's.
ALTER TABLE turns ADD COLUMN interactive boolean NOT NULL DEFAULT false;
