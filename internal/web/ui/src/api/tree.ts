import { ApiError, callLines, faultOf, query, unreachable } from "./client";
import type { Fault, Tree, TreeLine } from "./types";

/** paintPause is how often a listing that grows is shown at most, in ms, after its first names. */
const paintPause = 200;

/**
 * tree lists what stands below a path. A large listing comes in parts: grown is
 * told what there is, with more set, until the whole is returned. What breaks off
 * after its first names is returned with a fault; before them it throws as call does.
 */
export async function tree(connection: string, path: string[], refresh = false, signal?: AbortSignal, grown?: (t: Tree) => void): Promise<Tree> {
  const whole: Tree = { objects: [] };
  let done = false;
  let shown = -paintPause;
  try {
    await callLines<TreeLine>(`/api/tree${query({ connection, path, refresh: refresh ? 1 : undefined })}`, (line) => {
      if (line.objects) whole.objects = whole.objects.concat(line.objects);
      if (line.error) whole.fault = brokeOff(line.error);
      if (line.cached_at) whole.cached_at = line.cached_at;
      done = done || !!line.done || !!line.error || !!line.cached_at;
      const now = performance.now();
      if (done || now - shown < paintPause) return;
      shown = now;
      grown?.({ ...whole, more: true });
    }, { signal });
    if (!done) throw new ApiError(0, unreachable);
  } catch (e) {
    if (whole.objects.length === 0 || signal?.aborted) throw e;
    whole.fault = brokeOff(faultOf(e));
  }
  return whole;
}

const brokeOff = (f: Fault): Fault => ({ ...f, message: `The listing broke off: ${f.message}` });
