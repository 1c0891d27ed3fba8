# Version comparisons a second with Elixir's Version; see run.py for what is read and printed.
[file, milliseconds] = System.argv()
pairs = file |> File.stream!() |> Enum.map(&(&1 |> String.trim_trailing("\n") |> String.split("\t") |> List.to_tuple()))
budget = String.to_integer(milliseconds) / 5

defmodule Driver do
  def compare({a, b}) do
    with {:ok, a} <- Version.parse(a), {:ok, b} <- Version.parse(b), do: Version.compare(a, b), else: (_ -> :error)
  end

  def round(pairs, budget, start, done) do
    Enum.each(1..(1 + div(1_000, length(pairs))), fn _ -> Enum.each(pairs, &compare/1) end)
    done = done + (1 + div(1_000, length(pairs))) * length(pairs)
    {now, _} = :erlang.statistics(:runtime)
    if now - start < budget, do: round(pairs, budget, start, done), else: done * 1000 / (now - start)
  end
end

rates = for _ <- 1..5 do
  {start, _} = :erlang.statistics(:runtime)
  Driver.round(pairs, budget, start, 0)
end

IO.puts(round(Enum.max(rates)))
signs = %{lt: "<", eq: "=", gt: ">", error: "!"}
Enum.each(pairs, &IO.puts(signs[Driver.compare(&1)]))
