// Saves files that the page made, and streams that are too long to hold.

export function saveText(name: string, type: 'text/csv' | 'application/json', text: string): void {
  saveBlob(name, new Blob([text], { type: `${type};charset=utf-8` }));
}

export function saveBlob(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // Some browsers read the file after the click has returned.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** A file that is written while it arrives. */
export interface Sink {
  write: (chunk: Uint8Array) => Promise<void>;
  close: () => Promise<void>;
  abort: () => Promise<void>;
}

type SaveFilePicker = (options: { suggestedName: string }) => Promise<FileSystemFileHandle>;

/** True where a file can be written as it arrives; elsewhere all of it is held in memory first. */
export const canStreamToFile = (): boolean => 'showSaveFilePicker' in window;

/** Asks where to save. Undefined if the user closes the question. */
export async function openSink(name: string): Promise<Sink | undefined> {
  if (!canStreamToFile()) return memorySink(name);
  const pick = (window as unknown as { showSaveFilePicker: SaveFilePicker }).showSaveFilePicker;
  try {
    const file = await pick({ suggestedName: name });
    const stream = await file.createWritable();
    return {
      write: (chunk) => stream.write(chunk as Uint8Array<ArrayBuffer>),
      close: () => stream.close(),
      abort: () => stream.abort(),
    };
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined;
    // Embedded pages and some policies forbid the question.
    return memorySink(name);
  }
}

function memorySink(name: string): Sink {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  return {
    write: async (chunk) => void chunks.push(chunk.slice()),
    close: async () => saveBlob(name, new Blob(chunks)),
    abort: async () => void chunks.splice(0),
  };
}
