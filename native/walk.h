/** A layout from JavaScript ([rank, ...shape, ...strides of each array]) read, checked, and cut
 * into boxes. */
#pragma once
#include "call.h"
#include "kernels.h"

class Walk {
 public:
  /** Reads the layout of `arrays` arrays; neighbouring axes that every array walks evenly become
   * one. */
  Walk(const Call& call, Ints layout, size_t arrays) : arrays_(arrays) {
    call.needs("layout", layout.size, 1);
    const int32_t rank = layout.data[0];
    if (rank < 0 || rank > mostAxes) {
      call.refuse(false,
                  "layout has " + Call::text(rank) + " axes; want at most " + Call::text(mostAxes));
    }
    call.needs("layout", layout.size, 1 + double(rank) * double(1 + arrays));
    double total = 1;
    for (int32_t axis = 0; axis < rank; axis++) {
      const int32_t size = layout.data[1 + axis];
      if (size < 0)
        call.refuse(false, "layout has an axis of " + Call::text(size) + "; want at least 0");
      total *= size;
      if (size == 1) continue;
      ptrdiff_t strides[most] = {};
      for (size_t array = 0; array < arrays; array++) {
        const ptrdiff_t stride = layout.data[size_t(rank) * (1 + array) + size_t(axis) + 1];
        strides[array] = stride;
        // In double precision a sum too large for any array cannot wrap round to a small one.
        (stride < 0 ? lowest_ : highest_)[array] += double(stride) * (double(size) - 1);
      }
      append(size_t(size), strides);
    }
    if (total > 9007199254740992.0) call.refuse(false, "layout has too many positions");
    total_ = size_t(total);
    if (rank_ < 2) append2();
  }

  size_t total() const { return total_; }

  /** Refuses an array of which the walk, begun at `offset`, leaves the ends. */
  void within(const Call& call, const char* argument, size_t array, size_t size,
              double offset = 0) const {
    if (total_ == 0) return;
    if (offset + lowest_[array] < 0 || offset + highest_[array] >= double(size)) {
      call.refuse(false, std::string(argument) + " has " + Call::text(double(size)) +
                             " numbers; the layout walks it from " +
                             Call::text(offset + lowest_[array]) + " to " +
                             Call::text(offset + highest_[array]));
    }
  }

  /** False if two positions of the array may be the same place. */
  bool injective(size_t array) const {
    bool used[mostAxes + 2] = {};
    double reach = 0;  // furthest place from the first, over the axes already used
    for (size_t count = 0; count < rank_; count++) {
      size_t next = rank_;
      for (size_t axis = 0; axis < rank_; axis++) {
        if (!used[axis] && (next == rank_ || distance(array, axis) < distance(array, next)))
          next = axis;
      }
      used[next] = true;
      if (size_[next] <= 1) continue;
      if (distance(array, next) <= reach) return false;
      reach += distance(array, next) * (double(size_[next]) - 1);
    }
    return true;
  }

  /** visit(box, offset of each array, first position) for boxes that cover the positions [from, to)
   * in row order. */
  template <class Visit>
  void boxes(size_t from, size_t to, Visit visit) const {
    const size_t cols = size_[rank_ - 1], rows = size_[rank_ - 2];
    Box box = {};
    for (size_t array = 0; array < arrays_; array++) {
      box.row[array] = stride_[array][rank_ - 2];
      box.col[array] = stride_[array][rank_ - 1];
    }
    while (from < to) {
      const size_t row = from / cols, col = from % cols;
      if (col > 0 || to - from < cols) {
        box.rows = 1;
        box.cols = to - from < cols - col ? to - from : cols - col;
      } else {
        const size_t whole = (to - from) / cols, left = rows - row % rows;
        box.rows = whole < left ? whole : left;
        box.cols = cols;
      }
      ptrdiff_t offsets[most];
      for (size_t array = 0; array < arrays_; array++) {
        offsets[array] = ptrdiff_t(col) * box.col[array];
        size_t rest = row;
        for (size_t axis = rank_ - 1; axis-- > 0; rest /= size_[axis]) {
          offsets[array] += ptrdiff_t(rest % size_[axis]) * stride_[array][axis];
        }
      }
      visit(box, offsets, from);
      from += box.rows * box.cols;
    }
  }

 private:
  static constexpr int32_t mostAxes = 32;
  static constexpr size_t most = 3;

  double distance(size_t array, size_t axis) const {
    return std::fabs(double(stride_[array][axis]));
  }

  void append(size_t size, const ptrdiff_t (&strides)[most]) {
    bool merges = rank_ > 0;
    for (size_t array = 0; array < arrays_ && merges; array++) {
      merges = stride_[array][rank_ - 1] == strides[array] * ptrdiff_t(size);
    }
    if (!merges) {
      rank_++;
      size_[rank_ - 1] = 1;
    }
    size_[rank_ - 1] *= size;
    for (size_t array = 0; array < arrays_; array++) stride_[array][rank_ - 1] = strides[array];
  }

  /** Axes of one position in front, so that there are always rows and columns. */
  void append2() {
    const size_t size = rank_ == 1 ? size_[0] : 1;
    for (size_t array = 0; array < arrays_; array++) {
      stride_[array][1] = rank_ == 1 ? stride_[array][0] : 0;
      stride_[array][0] = 0;
    }
    size_[0] = 1;
    size_[1] = size;
    rank_ = 2;
  }

  size_t arrays_, rank_ = 0, total_ = 0;
  size_t size_[mostAxes + 2];
  ptrdiff_t stride_[most][mostAxes + 2];
  double lowest_[most] = {}, highest_[most] = {};
};
