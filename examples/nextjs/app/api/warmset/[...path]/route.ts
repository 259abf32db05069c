import { handler } from '../../../../lib/warmset.js';

/** Asked anew each time, never answered at build time. */
export const dynamic = 'force-dynamic';

export { handler as GET, handler as POST };
