/** Tables of tiles: sums that stay in registers, which products and convolutions are made of. */
#pragma once
#include <stddef.h>

namespace ISA {
namespace {

/**
 * of[outs][cols]: a function for each size of one kind of tile, so that 20 columns of at most 3 are
 * 3+3+3+3+3+3+2. A kind has `mostOuts`, `mostCols(outs)` and `run<cols, outs>`.
 */
template <class Kind>
struct Tiles {
  using Run = decltype(&Kind::template run<1, 1>);
  Run of[Kind::mostOuts + 1][Kind::mostCols(1) + 1] = {};

  constexpr Tiles() { fill<Kind::mostOuts, Kind::mostCols(Kind::mostOuts)>(); }

  template <size_t outs, size_t cols>
  constexpr void fill() {
    of[outs][cols] = Kind::template run<cols, outs>;
    if constexpr (cols > 1) {
      fill<outs, cols - 1>();
    } else if constexpr (outs > 1) {
      fill<outs - 1, Kind::mostCols(outs - 1)>();
    }
  }
};
template <class Kind>
constexpr Tiles<Kind> tilesOf = {};

}  // namespace
}  // namespace ISA
