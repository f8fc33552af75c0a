// A text that may be cut: the whole of it is in the title.
export const Cut = ({ text }: { text: string }) => <span title={text}>{text}</span>;
