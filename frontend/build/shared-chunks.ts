// Chunks of what pages share. By itself the bundler makes one for each set of pages: fifty files of a kilobyte for a
// first view, each with a request and a script of its own.
import type { OutputOptions } from 'rolldown';

/** Code of at least as many pages and dialogs is in one file, which all of them load. */
const SHARED_BY = 10;

export const sharedChunks: OutputOptions = {
  codeSplitting: {
    groups: [
      { name: 'entry', tags: ['$initial'], priority: 2 },
      { name: 'shared', minShareCount: SHARED_BY, priority: 1 },
    ],
  },
};
