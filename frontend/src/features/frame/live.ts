// Whether the page follows new calls by itself.
import { followsCalls, switchFollowing } from '../../lib/stored';

export const live = { ...followsCalls, set: switchFollowing };
