export default function Page() {
  return <p>Ask /predict.</p>;
}
