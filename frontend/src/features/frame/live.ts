// Whether the page follows new calls by itself.
import { createStore } from '../../lib/store';

export const live = createStore(true);
